# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Tries every action of tests/attack/attack.c and compares what became of them with golden files.
#
# A verdict is what attack.c reports, or:
#	SIGSYS	a filter killed it
#	ended	the front ended the launch
#	lost	neither; the launch said something else

# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

golden=$top/tests/attack
lanes=3 # that many at a time: most of a launch is waiting
accel=tcg
# What attack.c lists under these names is code that is made at run time, as TCG has to.
code_mechanisms='mmap-exec|mprotect-exec|pkey_mprotect|map-twice|shmat-exec|mdwe-off'

# list_actions [MECHANISM]: all actions, or those of the mechanisms that a pattern matches.
list_actions() {
	"$attack" --list | cut -f 1 | grep -E "^(${1:-[^/]*})(/|$)"
}

count_actions() {
	list_actions | wc -l
}

count_mechanisms() {
	list_actions | cut -d / -f 1 | sort -u | wc -l
}

# --- What is attacked -----------------------------------------------------------------------------

# Files to gain from, a program that listens, and another guest that runs beside each attack.
make_target() {
	socket_name=snplaunch-attack-$BASHPID
	"$attack" --listen "$socket_name" >"$work/listening" &
	listener=$!
	make_firmware
	make_kernel
	truncate -s 65536 "$work/kernel"
	cp "$work/kernel" "$work/disk"
	chmod a+r "$work/firmware" "$work/kernel" "$work/disk"
	# A user's disk is the user's own.
	[ ${#prefix[@]} -eq 0 ] || chown 65534 "$work/disk"
	wait_until grep -qs listening "$work/listening"
	fake_start '' --name sibling
	wait_event running
}

remove_target() {
	kill -TERM "$launcher"
	wait_end
	expect_clean
	kill "$listener"
}

# A launcher with the attack beside it under the front's name.
make_stage() {
	mkdir "$work/stage"
	cp "$SNPLAUNCH" "$work/stage/snplaunch-launcher"
	cp "${SNPLAUNCH%/*}/snplaunch-jail" "$work/stage"
	cp "$attack" "$work/stage/snplaunch"
	chmod -R a+rX,go-w "$work/stage"
}

# --- Trying ---------------------------------------------------------------------------------------

# verdict_of NAME FILE
verdict_of() {
	local said

	said=$(sed -n "s|.*attack: $1 \(.*\)|\1|p" "$2" | head -n 1)
	if [ -n "$said" ]; then
		echo "$said"
	elif grep -q 'killed by signal 31 ' "$2"; then
		echo SIGSYS
	elif grep -q 'QEMU sent descriptors over QMP\|QEMU sent a line of more than' "$2"; then
		echo ended
	else
		echo "lost: $(tail -n 1 "$2")"
	fi
}

# try_action PLACE NAME: the verdict goes to a file of its own.
try_action() {
	local file=$work/tries/${2//\//.} command=("${outside[@]}")

	case $1 in
	qemu) command+=("$SNPLAUNCH" run "${qemu_options[@]}" --name "attack-${2//\//.}") ;;
	front) command+=("$work/stage/snplaunch-launcher" attack "${2//\//.}" "$socket_name") ;;
	esac
	"${command[@]}" >/dev/null 2>"$file.said" </dev/null
	echo "$2 $(verdict_of "$2" "$file.said")" >"$file"
}

# try_lane PLACE LANE: its share of the actions.
try_lane() {
	local name i=0

	while read -r name; do
		[ $((i++ % lanes)) -ne "$2" ] || try_action "$1" "$name"
	done <"$work/tries/names"
}

# try_actions PLACE [MECHANISM]: $work/verdicts has a line for each action, in the table's order.
try_actions() {
	local lane name lane_pids=()
	local outside=("${prefix[@]}" timeout --foreground -s KILL "$patience_s" "$attack" --outside)
	local qemu_options=(--host-facts "$facts" --level off --accel "$accel" --qemu "$attack"
		--firmware "$work/firmware" --kernel "$work/kernel" --cmdline "$socket_name"
		--disk "{\"path\":\"$work/disk\",\"format\":\"raw\"}")

	mkdir -p "$work/tries"
	list_actions "${2-}" >"$work/tries/names"
	for ((lane = 0; lane < lanes; lane++)); do
		try_lane "$1" "$lane" &
		lane_pids+=($!)
	done
	wait "${lane_pids[@]}"
	while read -r name; do
		cat "$work/tries/${name//\//.}"
	done <"$work/tries/names" >"$work/verdicts"
}

# measure PLACE [MECHANISM]: the same, with all that the attack needs around it.
measure() {
	make_target
	[ "$1" != front ] || make_stage
	try_actions "$@"
	remove_target
}

# --- Comparing ------------------------------------------------------------------------------------

# What differs between kernels and machines is no difference here. A kernel that lacks what was
# tried has nothing to refuse: 'absent' equals all but SUCCESS. Kernels and file systems take turns
# at EPERM, EACCES and EROFS.
normalised() {
	sed -E '/^#/d
		s/ errno (ENOSYS|EAFNOSUPPORT|EPROTONOSUPPORT|ESOCKTNOSUPPORT|EOPNOTSUPP|ENODEV|ENXIO)$/ absent/
		s/ errno (EACCES|EROFS)$/ errno EPERM/' "$1"
}

# In the front's place this machine's own files, devices and settings are there, so that only what
# is gained matters.
normalised_front() {
	sed -E '/^#/d; / SUCCESS$/!s/ .*/ refused/' "$1"
}

# same_verdicts NORMALISED_GOLDEN NORMALISED_VERDICTS: prints what differs.
same_verdicts() {
	awk '{ name = $1; sub(/^[^ ]* /, "") }
		FILENAME == ARGV[1] { golden[name] = $0; next }
		{ seen[name] = 1 }
		!(name in golden) { print name ": " $0 ", and not in the golden file"; bad = 1; next }
		golden[name] == $0 { next }
		(golden[name] == "absent" || $0 == "absent") && golden[name] != "SUCCESS" && $0 != "SUCCESS" { next }
		{ print name ": " $0 ", not " golden[name]; bad = 1 }
		END {
			for (name in golden)
				if (!(name in seen)) {
					print name ": in the golden file only"
					bad = 1
				}
			exit bad
		}' "$1" "$2"
}

# expect_verdicts GOLDEN: $work/verdicts is as kept, and has no SUCCESS.
expect_verdicts() {
	local normalise=normalised

	[[ $1 != front-* ]] || normalise=normalised_front
	"$normalise" "$golden/$1" >"$work/golden"
	"$normalise" "$work/verdicts" >"$work/measured"
	same_verdicts "$work/golden" "$work/measured" >"$work/err" ||
		fail "verdicts are not those of $1; if they should be: tests/attack/run --write"
	! grep ' SUCCESS$' "$work/verdicts" >"$work/err" ||
		fail 'attacks that succeed'
}

# --- Groups ---------------------------------------------------------------------------------------

# Each is a function of how to attack, and has a golden file of its name.

attack_qemu_root() {
	needs_root
	measure qemu
}

attack_qemu_user() {
	become_user
	measure qemu
}

# Where KVM runs the guest, nothing has to become code.
attack_qemu_kvm() {
	needs_root
	[ -c /dev/kvm ] || skip 'there is no /dev/kvm'
	accel=kvm
	measure qemu "$code_mechanisms"
}

# A user's front has the user's own rights, all of them, so there is nothing to try.
attack_front_root() {
	needs_root
	lanes=1 # or they meet each other, which hide less than fronts do
	measure front
}
