# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share: a place of their own, running programs, watching what they
# start, and TAP.
#
# A test is a function named test_...; its name is its sentence. tests_run runs them all, each with
# an empty $work as its folder and runtime directory, and reports each as one TAP line.

set -u
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
variant=${VARIANT:-release}
bin=$top/build/$variant
export SNPLAUNCH=$bin/snplaunch-launcher
fake=$bin/tests/fake_qemu/fake_qemu
attack=$bin/tests/attack/attack
export assets=$top/build/assets
facts=$top/tests/host/genoa-qemu-10.0.json
failures=0
# shellcheck source=tests/sev_firmware.sh
. "$top/tests/sev_firmware.sh"

# The longest that a test waits for anything: what takes so long hangs, however loaded the machine is.
# No test measures time, and each waits for a sign of what it needs.
patience_s=300

# Put in front of each program; become_user fills it.
prefix=()

# Ends the test with a reason.
fail() {
	local file

	echo "# $*" >&2
	for file in out err events; do
		[ ! -s "$work/$file" ] || head -c 4000 "$work/$file" | head -n 20 |
			LC_ALL=C tr -c '[:print:]\n' '?' | sed "s/^/# $file: /" >&2
	done
	exit 1
}

# Ends the test with a reason why it says nothing here.
skip() {
	echo "$*"
	exit 77
}

# --- Running to the end --------------------------------------------------------------------------

# Runs a command with its output in $work/out and $work/err, and its exit status in $status.
run() {
	timeout --foreground -s KILL "$patience_s" "${prefix[@]}" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

expect_status() {
	[ "$status" -eq "$1" ] || fail "exit status $status, expected $1"
}

# A line of standard error or output holds this text.
expect_err() {
	grep -qaF -- "$1" "$work/err" || fail "standard error lacks: $1"
}

expect_out() {
	grep -qaF -- "$1" "$work/out" || fail "standard output lacks: $1"
}

expect_no_err() {
	! grep -qaF -- "$1" "$work/err" || fail "standard error has: $1"
}

expect_no_out() {
	! grep -qaF -- "$1" "$work/out" || fail "standard output has: $1"
}

# Both, in one line of a test.
expect() {
	expect_status "$1"
	expect_err "$2"
}

expect_equal() {
	[ "$1" = "$2" ] || fail "'$1' is not '$2'${3:+: $3}"
}

# Runs 'plan' for a machine that is described, so that it needs nothing of this one.
plan() {
	run "$SNPLAUNCH" plan --host-facts "$facts" "$@"
}

# An image that passes for firmware, and is small.
make_firmware() {
	[ -f "$work/firmware" ] || yes snplaunch | head -c 65536 >"$work/firmware"
}

# A boot header that snplaunch takes, and QEMU too: protocol 2.12, initrd below 2 GiB. Nothing to run.
make_kernel() {
	head -c 4096 /dev/zero >"$work/kernel"
	put "$work/kernel" 0x1fe '\125\252'
	put "$work/kernel" 0x202 'HdrS\014\002'
	put "$work/kernel" 0x22c '\377\377\377\177'
}

# write_policy TEXT: the host policy of the launches that follow.
write_policy() {
	mkdir -p "$CONFIGURATION_DIRECTORY"
	chmod 755 "$CONFIGURATION_DIRECTORY"
	printf '%s\n' "$1" >"$CONFIGURATION_DIRECTORY/policy.json"
	chmod 644 "$CONFIGURATION_DIRECTORY/policy.json"
}

# Fills $fake_run with a command that launches the fake QEMU, which does what its name says.
fake_command() {
	local name=fake${1:+-$1}

	shift
	make_firmware
	fake_run=("$SNPLAUNCH" run --host-facts "$facts" --level off --accel tcg --qemu "$fake"
		--firmware "$work/firmware" --name "$name" "$@")
}

# fake SCENARIO [OPTION...]: launches the fake QEMU and waits for the end.
fake() {
	fake_command "$@"
	run "${fake_run[@]}"
}

# --- Running beside the test ---------------------------------------------------------------------

# What one launch said is no sign of the next. The shell opens the files of a background command in
# the child, so that until then those of the launch before would be there; and that one may still
# write to them.
forget() {
	rm -f "$work/out" "$work/err" "$work/events"
}

# start COMMAND...: $launcher is its pid. A test may say where it reads from and writes to.
start() {
	forget
	"${prefix[@]}" "$@" --events-fd 3 >"$output" 2>"$work/err" <"$input" 3>"$events" &
	launcher=$!
}

fake_start() {
	fake_command "$@"
	start "${fake_run[@]}"
}

# Waits until the command succeeds.
wait_until() {
	local end=$((SECONDS + patience_s))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "waited in vain: $*"
		sleep 0.02
	done
}

has_or_ended() {
	"$@" || { [ -n "$launcher" ] && is_gone "$launcher"; }
}

# Waits until the command finds a sign of the launch, which shows none after its end.
wait_sign() {
	wait_until has_or_ended "$@"
	"$@" || fail "the launch ended before: $*"
}

has_event() {
	grep -qs "\"event\":\"$1\"" "$work/events"
}

# The event has come that many times.
has_events() {
	[ "$(grep -cs "\"event\":\"$1\"" "$work/events")" -ge "$2" ]
}

wait_event() {
	wait_sign has_event "$1"
}

wait_out() {
	wait_sign grep -qsaF -- "$1" "$work/out"
}

wait_err() {
	wait_sign grep -qsaF -- "$1" "$work/err"
}

# Waits until the guest runs; returns 1 when the launch ended instead.
runs() {
	wait_until has_or_ended has_event running
	! is_gone "$launcher"
}

# True when a process is gone, or dead and not yet waited for.
is_gone() {
	local line

	# A group, because the error is of opening the file.
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ ${line##*) } == [ZX]* ]]
}

# The children of a process, one in a line.
children_of() {
	local file line

	for file in /proc/[0-9]*/stat; do
		{ read -r line <"$file"; } 2>/dev/null || continue
		line=${line##*) }
		line=${line#* }
		[ "${line%% *}" != "$1" ] || basename "$(dirname "$file")"
	done
}

# Sets $front, $init and $qemu, those that there are. The launcher is both others' parent.
find_processes() {
	local pid

	front='' init='' qemu=''
	for pid in $(children_of "$launcher"); do
		if tr '\0' '\n' <"/proc/$pid/cmdline" | grep -q '^--launcher-fds='; then
			front=$pid
		else
			init=$pid
		fi
	done
	[ -z "$init" ] || qemu=$(children_of "$init" | head -n 1)
}

# Waits for the launcher's end and sets $status.
wait_end() {
	wait_until is_gone "$launcher"
	wait "$launcher" 2>/dev/null
	status=$?
	launcher=
}

# A signal has the guest power down, and nothing is left.
power_down() {
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	expect_gone
	expect_clean
}

# All that find_processes found are gone, or are just about to be.
expect_gone() {
	local pid

	for pid in ${front:+"$front"} ${init:+"$init"} ${qemu:+"$qemu"}; do
		wait_until is_gone "$pid"
	done
}

# The runtime directory is empty, or was never made.
expect_clean() {
	[ ! -d "$runtime" ] || [ -z "$(ls -A "$runtime")" ] ||
		fail "left in the runtime directory: $(ls -A "$runtime")"
}

# --- A normal user -------------------------------------------------------------------------------

# From here on programs run as a normal user with a runtime directory of that user's. A checkout
# may lie where such a user cannot go, so what they need is copied.
become_user() {
	[ "$(id -u)" -eq 0 ] || return 0
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare -U true 2>/dev/null ||
		skip 'a normal user gets no user namespace here'
	mkdir "$work/user" "$work/user/cache" "$work/bin"
	cp "$bin/snplaunch" "$bin/snplaunch-launcher" "$bin/snplaunch-jail" "$work/bin"
	[ ! -f "$bin/librehearsal.so" ] || cp "$bin/librehearsal.so" "$work/bin"
	[ ! -f "$fake" ] || cp "$fake" "$work/bin"
	[ ! -f "$attack" ] || cp "$attack" "$work/bin"
	cp "$facts" "$work/bin/facts.json"
	chmod -R a+rX "$work/bin"
	chmod 755 "$work"
	chown 65534:65534 "$work/user" "$work/user/cache"
	SNPLAUNCH=$work/bin/snplaunch-launcher
	fake=$work/bin/fake_qemu
	attack=$work/bin/attack
	facts=$work/bin/facts.json
	runtime=$work/user/snplaunch
	prefix=(setpriv --reuid 65534 --regid 65534 --clear-groups
		env -u RUNTIME_DIRECTORY -u CACHE_DIRECTORY -u XDG_CONFIG_HOME HOME="$work/user"
		XDG_RUNTIME_DIR="$work/user" XDG_CACHE_HOME="$work/user/cache")
}

needs_root() {
	[ "$(id -u)" -eq 0 ] || skip "only root can test this"
}

needs_program() {
	command -v "$1" >/dev/null || skip "there is no $1 here"
}

# --- TAP -----------------------------------------------------------------------------------------

clean_up() {
	[ -z "$launcher" ] || kill -KILL "$launcher" 2>/dev/null
	rm -rf "$work"
}

# Called in a subshell, which a test may leave.
run_one_test() {
	work=$(mktemp -d)
	chmod 755 "$work" # what root does not name on the command line is opened as somebody else
	launcher=
	input=/dev/null output=$work/out events=$work/events
	trap clean_up EXIT
	runtime=$work/run
	export RUNTIME_DIRECTORY=$runtime CACHE_DIRECTORY=${TEST_CACHE:-$work/cache}
	export CONFIGURATION_DIRECTORY=$work/etc # where a test may write a host policy
	mkdir -p "$CACHE_DIRECTORY"
	cd "$work" || exit 1
	"$1"
}

tests_run() {
	local name reason status

	for name in $(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'); do
		reason=$(run_one_test "$name" 2>&1)
		status=$?
		case $status in
		0) echo "ok - ${name#test_}" ;;
		77) echo "ok - ${name#test_} # SKIP $reason" ;;
		*)
			echo "not ok - ${name#test_}"
			echo "$reason"
			failures=$((failures + 1))
			;;
		esac
	done
	[ "$failures" -eq 0 ]
}
