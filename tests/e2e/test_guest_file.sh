#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guest files and options through the real programs: what is wrong is named with its place, and what
# is odd but right arrives unchanged.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# plan_text FORMAT: plans the guest file that printf makes of FORMAT.
plan_text() {
	# shellcheck disable=SC2059 # the format is the file
	printf "$1" >"$work/guest.json"
	plan guest.json
}

# wrong PLACE TEXT FORMAT
wrong() {
	plan_text "$3"
	expect 78 "guest file 'guest.json':$1: $2"
}

# --- JSON -----------------------------------------------------------------------------------------

test_text_that_is_no_json() {
	wrong 1:1 'empty text' ''
	wrong 1:1 'byte order mark' '\xef\xbb\xbf{"level":"off"}'
	wrong 1:15 "expected ',' or '}', found the end of the text" '{"level":"off"'
	wrong 1:16 'expected a key in double quotes' '{"level":"off",}'
	wrong 1:17 "expected the end of the text, found 'x'" '{"level":"off"} x'
	wrong 1:2 'expected a key in double quotes' "{'level':'off'}"
	wrong 1:1 'must be an object, not an array' '[]'
	wrong 3:1 "expected a key in double quotes, found '/'" '{\n"level":"off",\n// no\n}'
}

test_strings_that_are_no_text() {
	wrong 1:12 'NUL byte in a string' '{"level":"o\x00ff"}'
	wrong 1:4 '\u0000 in a string' '{"a\\u0000b":1}'
	wrong 1:11 'bytes in a string that are not UTF-8' '{"level":"\xff"}'
	wrong 1:12 'control byte in a string' '{"level":"o\nff"}'
	wrong 1:11 'lone surrogate in a string' '{"level":"\\ud800"}'
}

test_keys_that_appear_twice() {
	wrong 1:16 "key 'level' appears twice" '{"level":"off","level":"off"}'
	wrong 1:16 "key '\\\\u006cevel' appears twice" '{"level":"off","\\u006cevel":"off"}'
}

test_numbers_that_are_none_here() {
	wrong 2:9 "expected a value, found 'N'" '{"level":"off",\n"vcpus":NaN}'
	wrong 1:24 "expected a value, found 'I'" '{"level":"off","vcpus":Infinity}'
	wrong 1:24 "key 'vcpus': must be a whole number, not a fraction" '{"level":"off","vcpus":1e3}'
	wrong 1:24 "key 'vcpus': must be a whole number, not a fraction" '{"level":"off","vcpus":1.0}'
	wrong 1:24 '-0 is not an integer here' '{"level":"off","vcpus":-0}'
	wrong 1:24 'number with a leading zero' '{"level":"off","vcpus":01}'
	wrong 1:24 "key 'vcpus': must be 1 to 512, not 9223372036854775808" '{"level":"off","vcpus":9223372036854775808}'
	wrong 1:24 'number that does not fit 64 bits' '{"level":"off","vcpus":18446744073709551616}'
}

test_values_of_a_wrong_type() {
	wrong 1:24 "key 'vcpus': must be a whole number, not a string" '{"level":"off","vcpus":"1"}'
	wrong 1:10 'null is not accepted' '{"level":null}'
	wrong 1:10 "key 'level': must be" '{"level":1}'
	wrong 1:24 "key 'disks': must be an array" '{"level":"off","disks":{}}'
}

test_file_that_is_too_large_or_too_deep() {
	plan_text "{\"level\":\"off\"}$(printf '%65522s' '')"
	expect 78 "guest file 'guest.json':1:1: longer than 65536 bytes"
	plan_text "{\"level\":\"off\",\"x\":$(printf '%17s' '' | tr ' ' '[')}"
	expect 78 'nested deeper than 16 levels'
}

test_largest_file_is_read() {
	make_firmware
	plan_text "{\"level\":\"off\",\"firmware\":\"firmware\"}$(printf '%65499s' '')"
	expect_status 0
	expect_equal "$(stat -c %s "$work/guest.json")" 65536
}

test_several_mistakes_in_one_run() {
	wrong 2:14 "key 'memory_mib': must be 64 to 16777216 MiB, not 63" \
		'{"level":"off",\n"memory_mib":63,\n"vcpus":0,\n"colour":3,\n"console":"x"}'
	expect_err "guest file 'guest.json':3:9: key 'vcpus': must be 1 to 512, not 0"
	expect_err "guest file 'guest.json':4:1: key 'colour': unknown key"
	expect_err "guest file 'guest.json':5:11: key 'console': must be stdio, log or none, not 'x'"
	expect_equal "$(wc -l <"$work/err")" 4 'lines'
}

# --- Keys -----------------------------------------------------------------------------------------

test_missing_level() {
	plan_text '{"vcpus":1}'
	expect 78 "key 'level' is missing: off, sev, sev-es or sev-snp"
	plan
	expect 64 "key 'level' is missing"
}

test_unknown_key() {
	wrong 1:16 "key 'colour': unknown key" '{"level":"off","colour":1}'
}

# Stateless firmware is a promise: no key takes a file of variables, and each says why.
test_variable_stores_are_refused_with_the_reason() {
	local key

	for key in vars nvram pflash firmware_vars varstore; do
		plan_text "{\"level\":\"off\",\"$key\":\"x\"}"
		expect 78 "key '$key': snplaunch keeps firmware stateless"
	done
}

test_memory_and_vcpus_at_their_limits() {
	make_firmware
	plan --level off --memory-mib 64 --vcpus 1 --firmware firmware
	expect_status 0
	plan --level off --memory-mib 16777216 --vcpus 512 --firmware firmware
	expect_status 0
}

test_memory_and_vcpus_beyond_their_limits() {
	wrong 1:29 "key 'memory_mib': must be 64 to 16777216 MiB, not 63" '{"level":"off","memory_mib":63}'
	wrong 1:29 "key 'memory_mib': must be 64 to 16777216 MiB, not 16777217" '{"level":"off","memory_mib":16777217}'
	wrong 1:24 "key 'vcpus': must be 1 to 512, not 0" '{"level":"off","vcpus":0}'
	wrong 1:24 "key 'vcpus': must be 1 to 512, not 513" '{"level":"off","vcpus":513}'
	wrong 1:24 "key 'vcpus': must be 1 to 512, not -5" '{"level":"off","vcpus":-5}'
}

test_keys_that_need_another() {
	plan --level off --cmdline quiet
	expect 64 "key 'cmdline' needs key 'kernel', which is not given"
	plan --level off --host-data "$(printf '%32s' '' | base64 -w 0)"
	expect 64 "key 'host_data' needs level sev-snp, but key 'level' is 'off'"
	plan --level sev-snp --accel tcg
	expect 64 "key 'accel' is 'tcg', which needs level off, but key 'level' is 'sev-snp': use --accel kvm"
}

test_guest_file_that_is_not_there() {
	plan nosuch.json
	expect 66 "cannot open guest file 'nosuch.json': No such file or directory"
	plan .
	expect 66 "guest file '.': is a directory, not a regular file"
}

test_options_win_over_the_file() {
	make_firmware
	printf '{"level":"sev-snp","vcpus":2,"firmware":"nosuch"}' >"$work/guest.json"
	plan guest.json --level off --vcpus=3 --firmware firmware
	expect_status 0
	expect_out '3 vCPUs'
}

# Relative to the file, not to where somebody stands.
test_paths_of_a_file_are_relative_to_it() {
	make_firmware
	mkdir "$work/guests"
	mv "$work/firmware" "$work/guests/image"
	printf '{"level":"off","firmware":"image"}' >"$work/guests/web.json"
	plan guests/web.json
	expect_status 0
	expect_out 'guests/image'
	expect_out 'name         web'
	plan "$work/guests/web.json"
	expect_status 0
}

# --- Wrong use ------------------------------------------------------------------------------------

misused() {
	local text=$1

	shift
	run "$SNPLAUNCH" "$@"
	expect 64 "$text"
}

test_wrong_use() {
	misused 'no command: see snplaunch help'
	misused "unknown command 'nonsense': see snplaunch help" nonsense
	misused "unknown option '--bogus': see snplaunch run --help" run --bogus
	misused "unknown option '-x'" run -x
	misused "option '--vcpus' needs a value" run --vcpus
	misused "option '--vcpus': must be a whole number, not 'x'" run --vcpus x
	misused "option '--level': must be off, sev, sev-es or sev-snp, not 'on'" run --level on
	misused "unexpected argument 'b'" run a b
	misused "option '--json' takes no value" run --json=1
	misused "unknown option '--events-fd'" plan --events-fd 3
	misused "option '--name': must be a letter or digit" run --level off --name a/b
	misused "option '--disk': JSON at 1:2: expected a key" run --level off --disk '{'
	misused "needs standard output for events, and console 'stdio' does too" \
		run --level off --json --console stdio
}

test_events_descriptor_that_is_not_open() {
	local fd

	for fd in 3 4 5 6 7 8 9; do
		misused "option '--events-fd': descriptor $fd is not open" \
			run --level off --events-fd "$fd"
	done
	misused "option '--events-fd': must be the number of an open descriptor above 2, not '2'" \
		run --level off --events-fd 2
}

test_hostile_text_is_escaped_in_messages() {
	run "$SNPLAUNCH" run $'--bo\e[31mgus'
	expect 64 'unknown option'
	! grep -q $'\e' "$work/err" || fail 'an escape sequence reached the terminal'
	plan $'no\e[31msuch\n.json'
	expect_status 66
	! grep -q $'\e' "$work/err" || fail 'an escape sequence reached the terminal'
	expect_equal "$(wc -l <"$work/err")" 1 'lines'
}

test_help_needs_nothing() {
	run "$SNPLAUNCH" help
	expect_status 0
	expect_out 'usage: snplaunch COMMAND'
	run "$SNPLAUNCH" run --help
	expect_status 0
	expect_out '--events-fd'
	run "$SNPLAUNCH" --version
	expect_status 0
	expect_out 'snplaunch '
}

# --- Odd but right --------------------------------------------------------------------------------

# The arguments of QEMU in a plan, one in a line of JSON.
planned_arguments() {
	sed -n '/"argv":\[/,/\]/p' "$work/out"
}

# QEMU sees descriptors, so no name of a file changes its command line.
test_names_of_files_never_reach_qemu() {
	local odd plain

	make_firmware
	make_kernel
	cp kernel disk
	plan --json --level off --accel tcg --kernel kernel --initrd kernel --firmware firmware \
		--disk '{"path":"disk","format":"raw"}'
	expect_status 0
	plain=$(planned_arguments)
	[ -n "$plain" ] || fail 'no arguments in the plan'
	for odd in 'a,b' 'a,,b' 'a=b' $'a\nb' 'a b' 'a%nb' '-daemonize' 'json:{}' 'nbd:unix' 'a;b' \
		"$(printf '%250s' '' | tr ' ' a)"; do
		cp -- kernel "$odd"
		plan --json --level off --accel tcg --kernel "$odd" --initrd "$odd" --firmware firmware \
			--disk "{\"path\":\"${odd//$'\n'/\\n}\",\"format\":\"raw\"}"
		expect_status 0
		expect_equal "$(planned_arguments)" "$plain" "$odd"
		rm -- "./$odd"
	done
}

# Names that mean something to QEMU mean a file to snplaunch, and there is none of that name.
test_names_that_qemu_would_interpret() {
	local name

	make_firmware
	for name in /dev/fdset/1 'json:{}' 'nbd://localhost/x' 'file:disk'; do
		plan --level off --firmware firmware \
			--disk "{\"path\":\"$name\",\"format\":\"raw\"}"
		expect 66 "cannot open disk '$name': No such file or directory"
	done
}

test_path_that_is_too_long() {
	plan --level off --firmware "$(printf '%4096s' '' | tr ' ' a)"
	expect_status 64
	expect_err "option '--firmware'"
}

# arguments_of_qemu OPTION...: launches the fake and reads its command line into $arguments.
arguments_of_qemu() {
	fake_start '' "$@"
	wait_event running
	find_processes
	mapfile -d '' arguments <"/proc/$qemu/cmdline"
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

# argument_after OPTION: prints it, and a dot that keeps newlines at its end.
argument_after() {
	local i

	for i in "${!arguments[@]}"; do
		[ "${arguments[$i]}" != "$1" ] || printf '%s.' "${arguments[$((i + 1))]}"
	done
}

test_cmdline_arrives_byte_by_byte() {
	local cmdline=$'console=ttyS0 a,b,,c="d e" \'f\' %n $HOME \\ \u00e4\n-daemonize\n'

	make_kernel
	arguments_of_qemu --kernel kernel --cmdline "$cmdline"
	expect_equal "$(argument_after -append)" "$cmdline."
}

test_cmdline_from_a_file_arrives_byte_by_byte() {
	make_kernel
	# Not named in the command line, so everybody must be able to read it when root launches.
	chmod 755 "$work"
	printf '{"level":"off","kernel":"kernel","cmdline":"a,b \\"c\\"\\n\\td\\u00e4"}' >"$work/guest.json"
	arguments_of_qemu guest.json
	expect_equal "$(argument_after -append)" $'a,b "c"\n\td\u00e4.'
}

test_empty_cmdline_is_one() {
	make_kernel
	arguments_of_qemu --kernel kernel --cmdline ''
	expect_equal "$(argument_after -append)" .
}

test_longest_cmdline() {
	local cmdline

	cmdline=$(printf '%65536s' '' | tr ' ' x)
	make_kernel
	arguments_of_qemu --kernel kernel --cmdline "$cmdline"
	expect_equal "$(argument_after -append)" "$cmdline." 'of 65536 bytes'
	expect_err 'of these 65536 bytes'
	plan --level off --kernel kernel --cmdline "${cmdline}y"
	expect 64 "option '--cmdline'"
}

# What plan shows is what run starts.
test_plan_and_run_have_the_same_arguments() {
	make_firmware
	make_kernel
	arguments_of_qemu --kernel kernel --cmdline $'a\nb' --vcpus 2 --memory-mib 128
	"$SNPLAUNCH" plan --host-facts "$facts" --level off --accel tcg --firmware firmware --name fake \
		--kernel kernel --cmdline $'a\nb' --vcpus 2 --memory-mib 128 >"$work/out"
	# The text form is one shell command.
	eval "planned=($(sed '1,/command line of QEMU/d' "$work/out"))"
	# shellcheck disable=SC2154 # by eval
	expect_equal "$(printf '%s\n' "${planned[@]}")" "$(printf '%s\n' "${arguments[@]}")"
}

test_guest_file_of_a_user() {
	become_user
	make_firmware
	wrong 1:16 "key 'colour': unknown key" '{"level":"off","colour":1}'
	printf '{"level":"off","firmware":"firmware"}' >"$work/guest.json"
	plan guest.json
	expect_status 0
	chmod 600 "$work/guest.json"
	[ "$(id -u)" -ne 0 ] || {
		plan guest.json
		expect 77 "cannot open guest file 'guest.json': Permission denied"
	}
}

tests_run
