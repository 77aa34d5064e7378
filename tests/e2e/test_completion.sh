#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What shells complete: made from the program's own tables.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# complete WORD...: what bash offers for the last word of "snplaunch WORD..."
complete_words() {
	"$top/scripts/completion" bash "$bin/snplaunch" >"$work/snplaunch"
	bash -c '
		. "$1"
		shift
		COMP_WORDS=(snplaunch "$@")
		COMP_CWORD=$#
		_snplaunch
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$work/snplaunch" "$@" >"$work/out" 2>"$work/err"
	status=$?
	expect_equal "$(cat "$work/err")" ''
}

offers() {
	expect_equal "$(tr '\n' ' ' <"$work/out")" "$1"
}

test_commands() {
	complete_words ''
	for name in $("$SNPLAUNCH" help | sed -n '/^commands:/,/^$/s/^  \([^ ]*\).*/\1/p'); do
		expect_out "$name"
	done
	complete_words me
	offers 'measure '
}

test_options_of_a_command() {
	complete_words measure --output-
	offers '--output-page-list '
	complete_words run --output-
	offers ' '
	complete_words run --memory
	offers '--memory-mib '
}

test_words_that_an_option_takes() {
	complete_words run --level sev-
	offers 'sev-es sev-snp '
	complete_words run --level = sev-e
	offers 'sev-es '
	complete_words run --kernel-hashes ''
	offers 'on off '
	complete_words run --vcpus ''
	offers ' '
	complete_words measure --level ''
	offers 'sev sev-es sev-snp '
	complete_words measure --vcpus ''
	offers ' '
}

test_files_and_verbs() {
	touch guest.json
	complete_words run gue
	offers 'guest.json '
	complete_words run --firmware gue
	offers 'guest.json '
	complete_words record d
	offers 'diff '
	complete_words record diff gue
	offers 'guest.json '
}

test_zsh_reads_it() {
	needs_program zsh
	"$top/scripts/completion" zsh "$bin/snplaunch" >"$work/_snplaunch"
	run zsh -n "$work/_snplaunch"
	expect_status 0
}

test_needs_a_program() {
	run "$top/scripts/completion" bash "$work/nothing"
	expect 66 "'$work/nothing' does not say what it takes"
	[ ! -s "$work/out" ] || fail 'something was made'
	run "$top/scripts/completion"
	expect 64 'usage: scripts/completion bash|zsh PROGRAM'
}

test_knows_no_other_shell() {
	run "$top/scripts/completion" fish "$SNPLAUNCH"
	expect 64 "no completion for 'fish': bash or zsh"
}

tests_run
