#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The launcher and a front that is an enemy: every message that does not fit ends everything or is
# refused with a reason, and nothing is left.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Roles of OPEN, in launcher/request.h's order.
as_guest_file=1 as_artifact=3 as_disk=4 as_writable_disk=5 as_qemu=6 as_cache=8 as_name=9 as_log=10
as_console=11 as_guest=13 as_firmware=16

# A launcher with the hostile program in the front's place, and a QEMU that root may execute.
make_stage() {
	[ ! -d "$work/stage" ] || return 0
	mkdir "$work/stage"
	cp "$bin"/snplaunch-{launcher,jail} "$bin/librehearsal.so" "$work/stage"
	cp "$bin/tests/attack/hostile_front" "$work/stage/snplaunch"
	cp "$bin/snplaunch" "$work/stage/snplaunch-real"
	cp "$bin/tests/fake_qemu/fake_qemu" "$work/stage/qemu"
	chmod -R a+rX,go-w "$work/stage"
	chmod 755 "$work"
}

# hostile VERB...: runs to the end; afterwards nothing may be left.
hostile() {
	make_stage
	run "$work/stage/snplaunch-launcher" "$@"
	expect_clean
}

hostile_start() {
	make_stage
	forget
	"${prefix[@]}" "$work/stage/snplaunch-launcher" "$@" >"$work/out" 2>"$work/err" </dev/null &
	launcher=$!
}

# ends_it TEXT VERB...: the launcher takes this for a broken front.
ends_it() {
	local text=$1

	shift
	hostile "$@"
	expect 70 "$text"
}

# refuses TEXT VERB...: the launcher refuses this and goes on.
refuses() {
	local text=$1

	shift
	hostile "$@" exit:0
	expect_status 0
	expect_out "failed $text"
	expect_no_out 'malformed failure'
}

# --- Shape ----------------------------------------------------------------------------------------

test_unknown_types() {
	local type

	for type in 6 7 8 9 10 11 12 255 256 2147483648 4294967295; do
		ends_it "the front sent a message of unknown type $type" "send:$type:0:0"
	done
}

test_every_request_with_wrong_sizes() {
	local request size

	for request in OPEN PROBE CACHE START; do
		for size in 0 -1 +1 8192; do
			ends_it "the front sent $request with" "send:$request:$size:1"
		done
	done
	ends_it "the front sent STOP with 1 bytes" send:STOP:1:0
}

test_every_request_with_descriptors_it_may_not_have() {
	local request

	for request in OPEN STOP; do
		ends_it "the front sent $request with 1 descriptors" "send:$request:+0:1"
	done
	for request in PROBE CACHE START; do
		ends_it "the front sent $request with 0 descriptors" "send:$request:+0:0"
	done
	ends_it 'the front sent CACHE with 2 descriptors' send:CACHE:+0:2
	ends_it 'the front sent PROBE with 29 descriptors' send:PROBE:+0:29
	ends_it 'the front sent START with 29 descriptors' send:START:+0:29
}

test_messages_that_are_too_large_or_too_small() {
	hostile send:STOP:8193:0
	expect 70 'malformed message of 8196 bytes'
	hostile send:STOP:200000:0
	expect 70 'malformed message'
	hostile short:1
	expect 70 'malformed message of 1 bytes'
	hostile short:3
	expect 70 'malformed message of 3 bytes'
	hostile send:0:0:0
	expect 70 'malformed message of 4 bytes'
}

test_more_descriptors_than_a_message_may_have() {
	hostile send:START:+0:33
	expect 70 'malformed message'
	hostile send:STOP:0:64
	expect 70 'malformed message'
}

# --- Time -----------------------------------------------------------------------------------------

# too_late STATE_VERBS...: every request but STOP is out of place then.
too_late() {
	local request

	for request in OPEN PROBE CACHE; do
		ends_it "the front sent $request at the wrong time" "$@" "send:$request:+0:1"
		expect_no_err 'unknown type'
	done
}

test_requests_while_qemu_is_probed() {
	make_stage
	too_late "open:$as_qemu:$work/stage/qemu" probe:2
	ends_it 'the front sent START at the wrong time' \
		"open:$as_qemu:$work/stage/qemu" probe:2 send:START:+0:1
}

test_requests_while_the_guest_runs() {
	make_stage
	too_late "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start
	ends_it 'the front sent START at the wrong time' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start start
}

test_requests_after_the_guest() {
	make_stage
	too_late "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start send:STOP:0:0 gone
}

test_start_after_stop_and_after_its_end() {
	make_stage
	hostile "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:again send:STOP:0:0 gone \
		start:again send:STOP:0:0 gone exit:0
	expect_status 0
	expect_equal "$(grep -c '^gone' "$work/out")" 2 'notices'
}

test_start_again_of_a_plan_that_has_one_start() {
	make_stage
	ends_it 'the front sent START at the wrong time' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start send:STOP:0:0 gone start:again
}

test_stop_is_harmless_when_nothing_runs() {
	hostile send:STOP:0:0 send:STOP:0:0 exit:5
	expect_status 5
	expect_equal "$(grep -c '^done' "$work/out")" 2 'answers'
}

# --- OPEN -----------------------------------------------------------------------------------------

test_open_with_a_role_out_of_range() {
	local role

	for role in 0 18 19 4294967295; do
		refuses 'refused: OPEN for unknown role' "open:$role:x"
	done
}

test_open_with_a_malformed_path() {
	refuses 'refused: OPEN with a malformed path' "endless:$as_artifact"
	refuses 'refused: OPEN with a malformed path' "dirty:$as_artifact:a"
	refuses 'refused: OPEN with a malformed path' "open:$as_artifact"
	refuses 'refused: OPEN with a malformed path' "open:$as_console:x"
}

test_open_of_names_that_are_paths() {
	local role path

	for role in "$as_cache" "$as_name" "$as_log" "$as_guest"; do
		for path in ../x /etc/passwd . .. a/b -x 'a b' 'a,b' $'a\nb' "$(printf '%65s' '' | tr ' ' a)"; do
			refuses 'refused: OPEN of ' "open:$role:$path"
			expect_out 'which is not a plain name'
		done
	done
}

test_second_name() {
	refuses 'bug: a name is claimed already' "open:$as_name:one" "open:$as_name:two"
}

# The front of one guest must not reach another, whose end it could ask for.
test_guest_that_the_command_line_does_not_name() {
	refuses "refused: OPEN of guest 'web'" "open:$as_guest:web"
	refuses "refused: OPEN of guest 'web'" "open:$as_name:fake" "open:$as_guest:web"
	refuses "host: cannot open directory 'web'" "open:$as_guest:web" web
}

test_log_before_a_name() {
	refuses 'bug: no name is claimed yet' "open:$as_log:console.log"
}

test_cache_without_a_probe() {
	refuses 'refused: CACHE without a probe' cache:facts
	[ ! -e "$CACHE_DIRECTORY/facts" ] || fail 'it was stored'
}

test_cache_that_lies() {
	make_stage
	local first=("open:$as_qemu:$work/stage/qemu" probe:2 send:STOP:0:0 gone)

	refuses 'refused: malformed CACHE' "${first[@]}" cache:facts:pipe
	refuses 'refused: malformed CACHE' "${first[@]}" cache:../facts
	refuses 'refused: malformed CACHE' "${first[@]}" cache:
	[ -z "$(ls -A "$CACHE_DIRECTORY")" ] || fail 'something was stored'
	hostile "${first[@]}" cache:facts exit:0
	expect_equal "$(cat "$CACHE_DIRECTORY/facts")" text
}

test_qemu_that_is_not_executable() {
	echo no >"$work/qemu"
	chmod 644 "$work/qemu"
	refuses "host: QEMU '$work/qemu': is not executable" "open:$as_qemu:$work/qemu"
}

test_root_refuses_a_qemu_that_others_may_write() {
	needs_root
	make_stage
	chmod o+w "$work/stage/qemu"
	refuses "refused: what the command line does not name is opened as an unprivileged user: QEMU '$work/stage/qemu': must belong to root and be writable by nobody else" \
		"open:$as_qemu:$work/stage/qemu"
	chmod o-w "$work/stage/qemu"
	chown 65534 "$work/stage/qemu"
	refuses "refused: what the command line does not name is opened as an unprivileged user: QEMU '$work/stage/qemu': must belong to root and be writable by nobody else" \
		"open:$as_qemu:$work/stage/qemu"
}

test_root_writes_only_to_disks_of_the_command_line() {
	needs_root
	echo data >"$work/disk"
	chmod 666 "$work/disk"
	refuses "refused: disk '$work/disk': is only opened when its path stands in the command line" \
		"open:$as_writable_disk:$work/disk"
	hostile "open:$as_writable_disk:$work/disk" --disk "$work/disk" exit:0
	expect_out 'done, 0 bytes, 1 descriptors'
	hostile "open:$as_writable_disk:$work/disk" "--disk={\"path\":\"$work/disk\"}" exit:0
	expect_out 'done, 0 bytes, 1 descriptors'
}

# A longer or a shorter path in the command line is another one.
test_root_compares_whole_paths() {
	needs_root
	echo data >"$work/disk"
	refuses "refused: disk '$work/disk'" "open:$as_writable_disk:$work/disk" "$work/disk2" "x$work/disk"
	refuses "refused: disk '$work/disk'" "open:$as_writable_disk:$work/disk" "${work:1}/disk" "$work/"
}

test_root_gives_no_secret_that_was_not_named() {
	needs_root
	echo secret >"$work/secret"
	chmod 600 "$work/secret"
	refuses "refused: what the command line does not name is opened as an unprivileged user: cannot open file '$work/secret'" \
		"open:$as_artifact:$work/secret"
	refuses "refused: what the command line does not name is opened as an unprivileged user: cannot open disk '$work/secret'" \
		"open:$as_disk:$work/secret"
	refuses "refused: guest file '$work/secret': is only opened when its path stands in" \
		"open:$as_guest_file:$work/secret"
	ln -s secret "$work/link"
	refuses "refused: what the command line does not name is opened as an unprivileged user: cannot open file '$work/link'" \
		"open:$as_artifact:$work/link"
	hostile "open:$as_artifact:$work/secret" --initrd "$work/secret" exit:0
	expect_out 'done, 0 bytes, 1 descriptors'
}

test_user_opens_no_more_than_the_user_could() {
	needs_root
	become_user
	echo secret >"$work/secret"
	chmod 600 "$work/secret"
	refuses "refused: cannot open file '$work/secret': Permission denied" \
		"open:$as_artifact:$work/secret"
}

# --- Plans ----------------------------------------------------------------------------------------

test_every_field_of_a_plan_out_of_range() {
	local line member

	make_stage
	hostile "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" bad_plans exit:0
	expect_status 0
	[ "$(wc -l <"$work/out")" -gt 100 ] || fail 'few plans were tried'
	# Behind the answer to the two OPENs.
	while read -r line; do
		member=${line%% *}
		case $line in
		*' told: failed '*) ;;
		*" hidden: failed refused: QEMU: plan: '${member%%[[]*}"*) ;;
		*) fail "$line" ;;
		esac
	done < <(tail -n +3 "$work/out")
}

test_plan_that_needs_more_than_was_told() {
	make_stage
	refuses 'refused: QEMU: START: the plan needs something else than it said' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:other:wrong
	refuses 'refused: QEMU: START: the plan is not a sealed memfd' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:no_plan
	refuses 'refused: QEMU: START: the plan is not a sealed memfd' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:open_plan
}

test_bad_plans_start_nothing() {
	make_stage
	hostile_start "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" bad_plans start:unsealed hang
	wait_out hanging
	find_processes
	expect_equal "$init" '' 'QEMU was started'
	kill -KILL "$front"
	wait_end
	expect_status 70
	expect_clean
}

test_start_before_a_qemu_is_opened() {
	refuses 'bug: no QEMU was opened before it was to be started' "open:$as_name:fake" start
}

test_probe_before_a_qemu_is_opened() {
	refuses 'bug: no QEMU was opened before it was to be started' probe:2
}

test_probe_with_an_unknown_accelerator() {
	make_stage
	refuses "refused: START: 'accel' must be 1 to 2, not 0" "open:$as_qemu:$work/stage/qemu" probe:0
	refuses "refused: START: 'accel' must be 1 to 2, not 3" "open:$as_qemu:$work/stage/qemu" probe:3
	refuses "refused: START: 'level' must be 0 to 0, not 4" "open:$as_qemu:$work/stage/qemu" probe:1:4
}

test_start_with_wrong_descriptors() {
	local wrong text

	make_stage
	while read -r wrong text; do
		refuses "refused: QEMU: START: $text" \
			"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" "start:$wrong"
	done <<-'END'
		unsealed the firmware is not a sealed memfd
		partly the firmware is not a sealed memfd
		growing the firmware is not a sealed memfd
		pipe the firmware is not a sealed memfd
		program the firmware is not a sealed memfd
		pipe_disk disk 'disk0' is not what the plan says
		wire disk 'disk0' is not what the plan says
		directory disk 'disk0' is not what the plan says
		path disk 'disk0' is not what the plan says
		writable disk 'disk0' is not what the plan says
		read_only disk 'disk0' is not what the plan says
		few 5 descriptors instead of 6
		many 7 descriptors instead of 6
	END
}

# --- The host policy ------------------------------------------------------------------------------

# breaks KEY TEXT POLICY [VERB...]: the plan of this front is refused, whatever it has asked before.
breaks() {
	local key=$1 text=$2

	make_stage
	write_policy "$3"
	shift 3
	refuses "refused: host policy '$CONFIGURATION_DIRECTORY/policy.json', key '$key': $text" \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" "${@:-start}"
	expect_no_out 'done, 0 bytes, 0 descriptors'
}

test_plans_that_break_a_rule() {
	needs_root
	breaks levels "level 'off' is not listed: choose sev" '{"levels":["sev"]}'
	breaks memory_mib_max 'memory_mib 64 is above 63' '{"memory_mib_max":63}'
	breaks memory_total_mib '64 wanted, but running guests have 0 of 63' '{"memory_total_mib":63}'
	breaks cpu_models "cpu 'max' is not listed" '{"cpu_models":["EPYC"]}'
	breaks firmware_sha256 "firmware '' with SHA-256 ad7facb2586fc6e966c004d7d1d16b024f5805ff7cb47c7a85dabd8b48892ca7 is not listed" \
		"{\"firmware_sha256\":[\"$(printf '%064d' 0)\"]}"
}

# Its firmware is none of the file's bytes that it has opened.
test_firmware_that_is_not_what_was_opened() {
	local policy="{\"firmware_directories\":[\"$work/images\"]}"

	needs_root
	mkdir -m 755 "$work/images"
	yes | head -c 4096 >"$work/images/other"
	head -c 4096 /dev/zero >"$work/images/same"
	head -c 4097 /dev/zero >"$work/images/longer"
	head -c 4096 /dev/zero >"$work/elsewhere"
	breaks firmware_directories "firmware '' with" "$policy"
	breaks firmware_directories "firmware '' with" "$policy" "open:$as_firmware:$work/images/other" start
	breaks firmware_directories "firmware '' with" "$policy" "open:$as_firmware:$work/images/longer" start
	breaks firmware_directories "firmware '$work/elsewhere' with" "$policy" \
		"open:$as_firmware:$work/elsewhere" start
	# Another role's file is not taken for it, nor one that was opened before the last.
	breaks firmware_directories "firmware '' with" "$policy" "open:$as_artifact:$work/images/same" start
	breaks firmware_directories "firmware '' with" "$policy" "open:$as_firmware:$work/images/same" \
		"open:$as_firmware:$work/images/other" start
	hostile "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" \
		"open:$as_firmware:$work/images/same" start exit:0
	expect_no_out 'failed'
}

test_plan_that_is_not_the_one_that_is_judged() {
	needs_root
	make_stage
	write_policy '{"vcpus_max":1}'
	refuses 'refused: START: the plan needs something else than it said' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:other:wrong
	refuses 'refused: START: the plan is not a sealed memfd' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:open_plan
	refuses 'refused: START: the firmware is not a sealed memfd' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:unsealed
	# A rehearsal takes no memory; a guest that only says that it is one does not start.
	write_policy '{"memory_total_mib":63}'
	refuses 'refused: QEMU: START: the plan needs something else than it said' \
		"open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start:played
}

test_right_start_runs_qemu() {
	make_stage
	hostile_start "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start hang
	wait_out hanging
	find_processes
	[ -n "$qemu" ] || fail 'QEMU does not run'
	kill -KILL "$front"
	wait_end
	expect 70 'the front was killed by signal 9 (Killed)'
	expect_gone
	expect_clean
}

# --- The front's end ------------------------------------------------------------------------------

test_front_that_exits_without_a_word() {
	hostile exit:0
	expect_status 0
	hostile exit:42
	expect_status 42
}

test_front_that_exits_while_the_guest_runs() {
	make_stage
	hostile "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start exit:7
	expect_status 7
}

test_front_that_kills_itself() {
	hostile die
	expect 70 'the front was killed by signal 9 (Killed)'
}

# third_signal_ends TEXT VERB...: the front has printed TEXT; two signals change nothing, a third
# ends everything.
third_signal_ends() {
	local text=$1

	shift
	make_stage
	hostile_start "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start "$@"
	wait_out "$text"
	find_processes
	[ -n "$qemu" ] || fail 'QEMU does not run'
	kill -TERM "$launcher"
	kill -INT "$launcher"
	kill -HUP "$launcher"
	wait_end
	expect 125 'ended at once by the third signal'
	expect_gone
	expect_clean
}

test_front_that_hangs() {
	third_signal_ends hanging hang
}

# closing_ends TEXT VERB...: the front has closed its socket and stays.
closing_ends() {
	make_stage
	hostile_start "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start "${@:2}"
	wait_out "$1"
	find_processes
	wait_end
	expect 70 'the front closed its socket and did not end'
	expect_gone
	expect_clean
}

test_front_that_closes_its_socket() {
	closing_ends 'closed it' close
}

test_front_that_sends_nothing_but_an_empty_packet() {
	closing_ends closed short:0
}

# A launcher that waited for a reader would hear no signal.
test_front_that_never_listens() {
	make_stage
	hostile_start "open:$as_name:fake" "open:$as_qemu:$work/stage/qemu" start deaf:100000
	wait_out deaf
	find_processes
	wait_end
	expect 70 'the front does not listen'
	expect_gone
	expect_clean
}

test_hostile_front_of_a_user() {
	become_user
	ends_it 'the front sent a message of unknown type 255' send:255:0:0
	third_signal_ends hanging hang
}

tests_run
