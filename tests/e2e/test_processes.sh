#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who the processes of a guest are, as the kernel sees them: users, capabilities, filters, limits,
# namespaces, mounts, descriptors; all compared with tests/attack/processes-*.golden.
#
# usage: tests/e2e/test_processes.sh [--write]   with it, the golden files are made anew
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/processes.sh
. "$(dirname "$0")/processes.sh"

write=${1-}

# Whoever started this test has descriptors too, which the launcher inherits and nobody else.
close_inherited() {
	local fd

	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || [ "$fd" -eq 255 ] || eval "exec $fd>&-"
	done
}

# processes_are_as_kept GOLDEN
processes_are_as_kept() {
	local golden=$top/tests/attack/$1

	[ "$variant" != asan ] || skip 'sanitizers have descriptors and settings of their own'
	close_inherited
	fake_start ''
	wait_event running
	find_processes
	{
		show_process launcher "$launcher"
		show_process front "$front"
		show_process init "$init"
		show_process QEMU "$qemu"
	} >"$work/processes"
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	if [ "$write" = --write ]; then
		cp "$work/processes" "$golden"
	else
		diff -u --label kept --label found "$golden" "$work/processes" >"$work/err" ||
			fail "the processes are not those of $1; if they should be: $0 --write"
	fi
}

test_processes_of_root() {
	needs_root
	user=root
	processes_are_as_kept processes-root.golden
}

test_processes_of_a_user() {
	become_user
	user=$(if [ "$(id -u)" -eq 0 ]; then echo 65534; else id -u; fi)
	processes_are_as_kept processes-user.golden
}

tests_run
