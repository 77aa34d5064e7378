#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Somebody exchanges, rewrites and cuts off firmware, kernel and initrd while guests are launched
# from them: what QEMU gets is what was hashed, or the launch fails in good order.
#
# usage: tests/e2e/test_swap.sh [LAUNCHES]
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

launches=${1:-50}

make_artifacts() {
	local name

	make_firmware
	make_kernel
	truncate -s 65536 "$work/kernel"
	head -c 65536 /dev/urandom >"$work/initrd"
	for name in firmware kernel initrd; do
		cp "$work/$name" "$work/$name.other"
		printf 'other' | dd of="$work/$name.other" bs=1 seek=8192 conv=notrunc status=none
	done
}

# expect_same_bytes NOUN: of what QEMU holds and what the event says.
expect_same_bytes() {
	local fd found='' said

	for fd in "/proc/$qemu/fd"/*; do
		[[ $(readlink "$fd") != "/memfd:$1 "* ]] || found=$(sha256sum <"$fd")
	done
	said=$(sed -n "s/.*\"$1\":{[^}]*\"sha256\":\"\([0-9a-f]*\)\".*/\1/p" "$work/events")
	expect_equal "${found%% *}" "$said" "the digest of the $1"
	[ ${#said} -eq 64 ] || fail "no digest of the $1"
}

launch_once() {
	local noun

	fake_start '' --kernel "$work/kernel" --initrd "$work/initrd"
	if runs; then
		find_processes
		for noun in firmware kernel initrd; do
			expect_same_bytes $noun
		done
		seen_digests+=$(sed -n 's/.*"firmware":{[^}]*"sha256":"\([0-9a-f]*\)".*/\1/p' "$work/events")$'\n'
		kill -TERM "$launcher"
		wait_end
		expect_status 0
		launched=$((launched + 1))
	else
		wait_end
		[[ $status =~ ^(66|69|75|77)$ ]] || fail "exit status $status"
		refused=$((refused + 1))
	fi
	expect_no_err 'killed by signal'
}

test_exchanged_artifacts_are_those_that_were_hashed() {
	local swapper launched=0 refused=0 seen_digests=

	needs_root # to look into QEMU's process
	make_artifacts
	"$bin/tests/faults/swap_files" "$work/firmware" "$work/kernel" "$work/initrd" \
		>"$work/swapping" 2>&1 &
	swapper=$!
	# A reader that is slow meets a writer more often.
	until [ $launched -ge "$launches" ] && [ "$(sort -u <<<"$seen_digests" | grep -c .)" -gt 1 ]; do
		[ $refused -lt $((20 * launches)) ] || fail "$refused launches were refused"
		launch_once
	done
	kill "$swapper" || fail "nothing was exchanged: $(cat "$work/swapping")"
	wait "$swapper" 2>/dev/null
	expect_clean
}

tests_run
