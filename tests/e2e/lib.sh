# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share: a place of their own, running programs, and TAP.
#
# A test is a function named test_...; its name is its sentence. tests_run runs them all, each with
# an empty $work as its folder and runtime directory, and reports each as one TAP line.

set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
variant=${VARIANT:-release}
bin=$top/build/$variant
export SNPLAUNCH=$bin/snplaunch
assets=$top/build/assets
facts=$top/tests/host/genoa-qemu-10.0.json
failures=0

# Ends the test with a reason.
fail() {
	echo "# $*" >&2
	[ ! -f "$work/out" ] || sed 's/^/# stdout: /' "$work/out" | head -n 20 >&2
	[ ! -f "$work/err" ] || sed 's/^/# stderr: /' "$work/err" | head -n 20 >&2
	exit 1
}

# Ends the test with a reason why it says nothing here.
skip() {
	echo "$*" >"$work/.skip"
	exit 0
}

# Runs a command with its output in $work/out and $work/err, and its exit status in $status.
run() {
	"$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

expect_status() {
	[ "$status" -eq "$1" ] || fail "exit status $status, expected $1"
}

# A line of standard error or output holds this text.
expect_err() {
	grep -qF -- "$1" "$work/err" || fail "standard error lacks: $1"
}

expect_out() {
	grep -qF -- "$1" "$work/out" || fail "standard output lacks: $1"
}

# Runs 'plan' for a machine that is described, so that it needs nothing of this one.
plan() {
	run "$SNPLAUNCH" plan --host-facts "$facts" "$@"
}

# Runs a command as a normal user, with a runtime directory of that user's.
as_user() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	mkdir -p "$work/user"
	chown 65534:65534 "$work/user"
	chmod 755 "$work"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -u RUNTIME_DIRECTORY -u CACHE_DIRECTORY \
		XDG_RUNTIME_DIR="$work/user" XDG_CACHE_HOME="$work/user" "$@"
}

run_one_test() (
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	export RUNTIME_DIRECTORY=$work/run CACHE_DIRECTORY=${TEST_CACHE:-$work/cache}
	mkdir -p "$CACHE_DIRECTORY"
	cd "$work" || exit 1
	"$1"
	[ ! -f "$work/.skip" ] || { cat "$work/.skip"; exit 77; }
)

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
