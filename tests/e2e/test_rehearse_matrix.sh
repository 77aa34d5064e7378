#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rehearsals of many guests. In every one the digest that QEMU caused is the computed one; or
# snplaunch refuses the guest, and QEMU that is asked all the same refuses it too.
#
# usage: tests/e2e/test_rehearse_matrix.sh [--all]	# --all: every combination, with every CPU model
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/played_qemu.sh
. "$(dirname "$0")/played_qemu.sh"

[ "${1-}" = --all ] && all=1 || all=0

# --- The factors ---------------------------------------------------------------------------------

modes='sev sev-es-legacy sev-es sev-snp'
vcpus='1 2 5'
kernels='none kernel whole unhashed'

# Of one model for each signature that an EPYC of this QEMU has; with --all, of every model.
cpu_models() {
	run "$SNPLAUNCH" cpus --json --qemu "$qemu"
	expect_status 0
	tr -d ' \n' <"$work/out" | sed 's/},{/\n/g' |
		sed -n 's/.*"name":"\([^"]*\)","alias_of":null,"signature":"\([^"]*\)","sev":true.*/\2 \1/p' |
		awk -v all="$all" 'all || !met[$1]++ { print $2 }'
}

# Images made for this, and those that Debian installs.
images() {
	printf '%s\n' "$work/small.fd" "$work/large.fd"
	find /usr/share/ovmf/OVMF*.fd /usr/share/OVMF/OVMF_CODE.fd /usr/share/OVMF/OVMF_CODE_4M.fd \
		-type f 2>/dev/null
}

make_images() {
	make_sev_firmware small.fd enforcing
	{
		head -c $((4 * 1048576 - 65536)) /dev/zero | tr '\0' '\377'
		cat small.fd
	} >large.fd
	make_kernel
	{ cat kernel; echo; } >initrd
	cmdline=' console=ttyS0  quiet '
}

combinations() {
	printf '%s\n' "$modes" "$vcpus" "$(cpu_models | tr '\n' ' ')" "$kernels" \
		"$(images | tr '\n' ' ')" | awk -v all="$all" -f "$top/tests/e2e/pairs.awk"
}

# --- A combination -------------------------------------------------------------------------------

# What is asked of snplaunch, in $asked.
ask_snplaunch() {
	asked=(--name "cell-$BASHPID" --level "${1%-legacy}" --vcpus "$2" --cpu "$3" --firmware "$5"
		--memory-mib 256 --qemu "$qemu")
	case $1 in
	sev-es-legacy) asked+=(--legacy-vm-type on) ;;
	sev-es) asked+=(--legacy-vm-type off) ;;
	esac
	case $4 in
	kernel) asked+=(--kernel kernel) ;;
	whole) asked+=(--kernel kernel --initrd initrd --cmdline "$cmdline") ;;
	unhashed) asked+=(--kernel kernel --kernel-hashes off) ;;
	esac
}

# The same of QEMU: only what can be refused.
ask_qemu() {
	local type=sev-guest properties=('"policy":1')

	asked=(-cpu "$3" -smp "$2" -m 256M)
	case $1 in
	sev-es-legacy) properties=('"policy":5' '"legacy-vm-type":"on"') ;;
	sev-es) properties=('"policy":5' '"legacy-vm-type":"off"') ;;
	sev-snp) type=sev-snp-guest properties=() ;;
	esac
	case $4 in
	kernel | whole)
		properties+=('"kernel-hashes":true')
		asked+=(-kernel kernel)
		;;
	unhashed) asked+=(-kernel kernel) ;;
	esac
	case $1 in
	sev | sev-es-legacy) asked+=(-drive "if=pflash,format=raw,unit=0,readonly=on,file=$5") ;;
	*) asked+=(-bios "$5") ;;
	esac
	asked+=(-object "$(encrypted "$type" "${properties[@]}")")
}

qemu_refuses() {
	local asked

	ask_qemu "$@"
	printf '{"execute":"%s"}\n' qmp_capabilities cont quit |
		env LD_PRELOAD="$library" "$qemu" -no-user-config -nodefaults -display none -S \
			-qmp stdio -machine "$played_machine" -accel kvm "${asked[@]}" >/dev/null 2>"$out.qemu"
	[ $? -eq 1 ]
}

# Prints what is wrong with a combination, and counts it in a file by how it went.
try_combination() {
	local asked out=$work/cell-$BASHPID status

	ask_snplaunch "$@"
	"$SNPLAUNCH" rehearse "${asked[@]}" >"$out" 2>"$out.err"
	status=$?
	if [ $status -eq 66 ]; then
		qemu_refuses "$@" || echo "$*: snplaunch refuses it, QEMU does not: $(cat "$out.err")"
		echo "$*" >>"$work/refused"
	elif [ $status -ne 0 ] || ! grep -q 'digests      equal' "$out"; then
		echo "$*: status $status: $(cat "$out" "$out.err")"
	else
		echo "$1 $(sed -n 's/^caused *//p' "$out")" >>"$work/launched"
	fi
	rm -f "$out" "$out".*
}

# As many at once as there are processors where there are many; scripts run side by side anyway.
try_all() {
	local n=0 jobs combination

	jobs=$([ "$all" -eq 1 ] && nproc || echo 1)
	while read -r -a combination; do
		[ $((n += 1)) -le "$jobs" ] || wait -n
		try_combination "${combination[@]}" </dev/null &
	done
	wait
}

# --- Tests ---------------------------------------------------------------------------------------

needs_qemu() {
	needs_program "$qemu"
	"$qemu" -object help | grep -q sev-snp-guest || skip "$qemu has no sev-snp-guest"
	c_bit=$(c_bit_position)
}

# Each two values of two factors are in one line, and --all has each line once.
test_combinations_have_every_pair() {
	local a b factors=('a b c d' '1 2 3' 'x y' 'p q r s t')

	printf '%s\n' "${factors[@]}" | awk -f "$top/tests/e2e/pairs.awk" >pairs
	printf '%s\n' "${factors[@]}" | awk -v all=1 -f "$top/tests/e2e/pairs.awk" >whole
	for a in a b c d 1 2 3 x y p q r s t; do
		for b in a b c d 1 2 3 x y p q r s t; do
			grep -qw "$a" <(grep -w "$b" whole) || continue
			grep -qw "$a" <(grep -w "$b" pairs) || fail "$a and $b never meet"
		done
	done
	expect_equal "$(sort -u whole | grep -c .)" 120 combinations
	[ "$(grep -c . pairs)" -le 30 ] || fail "$(grep -c . pairs) lines are not few"
}

test_digests_are_those_that_qemu_causes() {
	local wrong

	needs_qemu
	make_images
	combinations >wanted
	touch refused launched
	wrong=$(try_all <wanted)
	[ -z "$wrong" ] || fail "$wrong"
	expect_equal "$(cat refused launched | grep -c .)" "$(grep -c . wanted)" combinations
	[ "$(cut -d ' ' -f 1 launched | sort -u | tr '\n' ' ')" = 'sev sev-es sev-es-legacy sev-snp ' ] ||
		fail 'a mode was never launched'
	[ -s refused ] || fail 'nothing was refused'
	expect_clean
	echo "# $(grep -c . launched) launched, $(grep -c . refused) refused" >&3
}

# Nothing is measured there, so there is nothing to rehearse, and QEMU measures nothing.
test_level_off_measures_nothing() {
	needs_qemu
	make_images
	run "$SNPLAUNCH" rehearse --level off --qemu "$qemu" --firmware small.fd
	expect 64 "level 'off': nothing is measured there"
	printf '{"execute":"%s"}\n' qmp_capabilities cont quit |
		SNPLAUNCH_REHEARSAL_ACCOUNT_FD=4 LD_PRELOAD="$library" "$qemu" -no-user-config -nodefaults \
			-display none -S -qmp stdio -machine q35 -accel kvm -cpu EPYC-v4 -m 256M \
			-drive if=pflash,format=raw,unit=0,readonly=on,file=small.fd \
			>"$work/out" 2>"$work/err" 4>account || fail 'QEMU did not start'
	expect_equal "$(sed -n 's/.*"record":"\([a-z]*\)".*/\1/p' account | sort -u | tr '\n' ' ')" \
		'platform vm '
}

exec 3>&1
tests_run
