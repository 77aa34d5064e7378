#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The guest's console and the events: a reader that is slow, gone or a terminal changes nothing for
# the guest, and the guest can do nothing to the reader.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

flood_kib=4096
flood_bytes=$((flood_kib * 1024 + 10)) # and "FLOOD END"

# A fifo that stays open and that nobody reads yet.
make_pipe() {
	mkfifo "$work/$1"
	eval "exec $2<>\"\$work/\$1\""
}

# The sum of the numbers in the lines of standard input.
sum() {
	local number total=0

	while read -r number; do
		total=$((total + number))
	done
	echo $total
}

has_console_line() {
	grep -qs "\"event\":\"console\".*\"text\":\"$1\"" "$work/events"
}

# --- Readers --------------------------------------------------------------------------------------

nobody_reads() {
	make_pipe pipe 4
	fake_command "running-flood.$flood_kib" --console-events
	output=$work/pipe
	start "${fake_run[@]}"
	wait_sign has_console_line 'FLOOD END'
	power_down
}

test_guest_runs_on_when_nobody_reads() {
	nobody_reads
}

# A pipe of somebody else's cannot be opened again, and is not waited for either.
test_guest_runs_on_when_nobody_reads_as_a_user() {
	become_user
	nobody_reads
}

# Every byte arrives or is counted.
test_dropped_bytes_are_counted() {
	local received dropped over

	make_pipe pipe 4
	fake_command "running-flood.$flood_kib" --console-events
	output=$work/pipe
	start "${fake_run[@]}"
	wait_sign has_console_line 'FLOOD END'
	cat <"$work/pipe" >"$work/out" 4>&- &
	exec 4>&-
	power_down
	wait_out 'bytes dropped]'
	wait
	dropped=$(sum < <(tr -d '\r' <"$work/out" | sed -n 's/^\[\([0-9]*\) bytes dropped\]$/\1/p'))
	received=$(tr -d '\r' <"$work/out" | sed '/bytes dropped\]$/d' | wc -c)
	# The notice stands between line ends of its own; the gap may cut a line.
	over=$((received + dropped - flood_bytes))
	[[ $over =~ ^[0-4]$ ]] ||
		fail "$received bytes and $dropped dropped are not $flood_bytes"
}

test_fast_reader_misses_nothing() {
	fake_start 'running-flood.64'
	wait_out 'FLOOD END'
	power_down
	expect_equal "$(wc -c <"$work/out")" $((64 * 1024 + 10))
	expect_no_out 'dropped'
}

test_guest_runs_on_when_the_reader_is_gone() {
	mkfifo "$work/pipe"
	fake_command "running-flood.$flood_kib" --console-events
	head -c 100 "$work/pipe" >"$work/out" &
	output=$work/pipe
	start "${fake_run[@]}"
	wait_sign has_console_line 'FLOOD END'
	power_down
}

# The options behind the command are start's.
without_output() {
	exec "$@" >&-
}

test_guest_runs_without_standard_output() {
	fake_command 'running-flood.64' --console-events
	start without_output "${fake_run[@]}"
	wait_sign has_console_line 'FLOOD END'
	power_down
}

test_full_disk_is_no_reason_to_end() {
	[ -w /dev/full ] || skip 'there is no /dev/full'
	fake_command 'running-flood.64' --console-events
	output=/dev/full
	start "${fake_run[@]}"
	wait_sign has_console_line 'FLOOD END'
	power_down
}

# --- Input ----------------------------------------------------------------------------------------

test_standard_input_reaches_the_guest() {
	make_pipe input 4
	input=$work/input
	fake_start running-echo
	wait_out 'ECHO READY'
	# The escape key is one on terminals only.
	printf 'hello \x1dq world\n' >&4
	wait_out 'hello q world'
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

test_guest_that_reads_nothing_blocks_nobody() {
	yes | head -c 1000000 >"$work/input"
	input=$work/input
	fake_start ''
	wait_event running
	power_down
}

# --- What the guest may print ---------------------------------------------------------------------

test_control_bytes_do_not_reach_a_file() {
	fake_start running-controls
	wait_out onetwothreefourfive
	power_down
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$work/out" || fail 'a control byte is in the file'
}

test_console_events_are_printable() {
	fake_start running-controls --console-events
	wait_event console
	power_down
	grep -q '"text":"one\\\\x1b\[31mtwo\\\\x1b\]0;title\\\\x07three' "$work/events" ||
		fail 'the line is not escaped'
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$work/events" || fail 'a control byte is in an event'
}

test_lines_of_qemu_are_printable_and_bounded() {
	fake_start start-words.3
	wait_event running
	power_down
	expect_err 'QEMU: fake: \x1b[31mlast\x07 words'
	! grep -q $'\e' "$work/err" || fail 'an escape sequence reached the terminal'
	! grep -qE '.{1200}' "$work/err" || fail 'a line is longer than its limit'
}

# A QEMU that talks without end does not fill the journal.
test_words_of_qemu_are_bounded() {
	fake_start start-words.40
	wait_event running
	power_down
	expect_err ' bytes dropped]'
	[ "$(wc -c <"$work/err")" -lt 100000 ] || fail 'too much was shown'
}

# --- Where the console goes -----------------------------------------------------------------------

test_console_log() {
	fake_start running-flood.64 --console log --console-events
	wait_sign has_console_line 'FLOOD END'
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	[ ! -s "$work/out" ] || fail 'something is on standard output'
	expect_equal "$(wc -c <"$runtime/fake-running-flood.64/console.log")" $((64 * 1024 + 10))
}

test_console_log_is_bounded() {
	local log=$runtime/fake-running-flood.17408/console.log

	fake_start running-flood.17408 --console log --console-events
	wait_sign has_console_line 'FLOOD END'
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	tail -n 1 "$log" | grep -qF '[log is full]' || fail 'the log does not say that it is full'
	[ "$(stat -c %s "$log")" -le $((16 * 1024 * 1024 + 100)) ] || fail 'the log is too long'
}

test_console_none() {
	local arguments

	fake_start '' --console none
	wait_event running
	find_processes
	arguments=$(tr '\0' ' ' <"/proc/$qemu/cmdline")
	[[ $arguments != *-serial* ]] || fail 'there is a serial port'
	power_down
	[ ! -s "$work/out" ] || fail 'something is on standard output'
}

# --- Terminals ------------------------------------------------------------------------------------

# terminal SCENARIO: runs on a terminal of its own, whose settings before and after are in files.
# What is written to descriptor 4 is typed.
terminal() {
	needs_program script
	make_pipe keys 4
	fake_command "$1"
	cat >"$work/session" <<-END
		stty -g >$work/before
		sh -c 'echo \$\$ >$work/pid; exec "\$@"' sh ${fake_run[*]} --events-fd 3 3>$work/events
		echo \$? >$work/status
		stty -g >$work/after
	END
	script -qec "bash $work/session" /dev/null <"$work/keys" >"$work/out" 2>&1 &
	terminal=$!
	wait_event running
	launcher=$(cat "$work/pid")
	find_processes
}

# end_terminal STATUS: the program has ended with it, and the settings are as before.
end_terminal() {
	wait_until is_gone "$launcher"
	launcher=
	exec 4>&-
	wait_until test -s "$work/after"
	wait "$terminal"
	expect_equal "$(cat "$work/status")" "$1" 'exit status'
	cmp "$work/before" "$work/after" || fail "the terminal's settings have changed"
	expect_gone
	expect_clean
}

is_raw() {
	local settings

	# Settings of the terminal that the front has open.
	settings=$(stty -a -F "$(readlink "/proc/$front/fd/0")" 2>/dev/null)
	[[ $settings == *-icanon* ]]
}

test_terminal_is_raw_and_restored() {
	terminal ''
	wait_until is_raw
	wait_out 'Ctrl-] q powers the guest down'
	kill -TERM "$launcher"
	end_terminal 0
}

test_escape_key_powers_down() {
	terminal ''
	wait_until is_raw
	printf '\x1dq' >&4
	end_terminal 0
}

test_escape_key_kills() {
	terminal powerdown-reply
	wait_until is_raw
	printf '\x1dk' >&4
	end_terminal 125
	expect_out 'the guest was killed, as asked for'
}

test_keys_reach_the_guest() {
	terminal running-echo
	wait_until is_raw
	# Twice is one; and what would be a signal is a key.
	printf 'a\x1d\x1db\x03c\n' >&4
	wait_out $'a\x1db\x03c'
	kill -TERM "$launcher"
	end_terminal 0
}

test_terminal_is_restored_when_the_front_is_killed() {
	terminal ''
	wait_until is_raw
	kill -KILL "$front"
	end_terminal 70
}

test_terminal_is_restored_when_qemu_is_killed() {
	terminal ''
	wait_until is_raw
	kill -KILL "$qemu"
	end_terminal 125
}

test_terminal_gets_what_the_guest_prints() {
	terminal running-controls
	wait_out $'one\e[31mtwo'
	kill -TERM "$launcher"
	end_terminal 0
}

# --- Events ---------------------------------------------------------------------------------------

# The names of the events in a file, in order.
event_names() {
	sed -n 's/^{"event":"\([a-z]*\)".*}$/\1/p' "$1" | tr '\n' ' '
}

expect_rising_times() {
	local time last=0

	while read -r time; do
		time=${time/./}
		[ "$time" -ge "$last" ] || fail "$time is before $last"
		last=$time
	done < <(sed -n 's/.*"monotonic_ms":\([0-9.]*\).*/\1/p' "$1")
	[ "$last" -gt 0 ] || fail 'there are no times'
}

test_order_of_events() {
	fake_start ''
	wait_event running
	power_down
	expect_equal "$(event_names "$work/events")" \
		'planned artifacts started up running shutdown exited '
	expect_rising_times "$work/events"
	grep -q '"event":"exited".*"status":0}' "$work/events" || fail 'exited has no status'
}

test_events_on_standard_output() {
	fake running-shutdown.guest_reset --json
	expect 133 'the guest asked for a reset'
	expect_equal "$(event_names "$work/out")" \
		'planned artifacts started up running shutdown exited '
	expect_rising_times "$work/out"
	expect_out '"status":133,"kind":"reset","error":"the guest asked for a reset","causes":[]}'
	[ -f "$runtime/fake-running-shutdown.guest_reset/console.log" ] || fail 'the console is no log'
}

test_events_of_a_failed_launch() {
	fake start-exit.1 --json
	expect_status 69
	expect_equal "$(event_names "$work/out")" 'planned artifacts started exited '
	expect_out '"kind":"host"'
}

test_events_of_qemu_are_passed_on() {
	fake_start 'cont-events.3'
	wait_event running
	power_down
	expect_equal "$(grep -c '"event":"qemu".*"name":"NICE_DAY"' "$work/events")" 3 'events'
}

has_printed() {
	[ "$(grep -csa '' "$work/out")" -ge "$1" ]
}

# stalled_events SCENARIO LINES [FIRST]: nobody reads the events behind FIRST, and those of LINES of
# the console fill the pipe; the guest powers down all the same.
stalled_events() {
	make_pipe pipe 4
	printf '%s' "${3-}" >&4
	events=$work/pipe
	fake_start "$1" --console-events
	wait_sign has_printed "$2"
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

test_events_that_nobody_reads() {
	stalled_events running-flood.1024 4096
}

# A line of bytes that each take five in an event is longer than a pipe takes at once. How much is
# in the pipe before decides where its end meets a line.
test_long_events_that_nobody_reads() {
	local page=

	for _ in 1 2 3; do
		stalled_events running-binary 256 "$page"
		page+=$(printf '%4095s.' '')
		rm "$work/pipe"
	done
}

# A pipe holds 64 KiB; this much of it has been read.
pipe_has_room() {
	[ "$(stat -c %s "$work/events")" -gt 60000 ]
}

test_missed_events_are_counted() {
	local missed

	make_pipe pipe 4
	events=$work/pipe
	fake_start running-flood.1024 --console-events
	wait_out 'FLOOD END'
	cat <"$work/pipe" >"$work/events" 4>&- &
	exec 4>&-
	wait_until pipe_has_room
	power_down
	wait_event exited
	wait
	grep -q '"missed":[1-9]' "$work/events" || fail 'nothing was missed'
	missed=$(sum < <(sed -n 's/.*"missed":\([0-9]*\).*/\1/p' "$work/events"))
	# Those of the launch, and one for each line.
	expect_equal $((missed + $(wc -l <"$work/events"))) $((7 + 16 * 1024 + 1)) \
		'events, seen and missed'
}

test_events_reader_that_is_gone() {
	local reader

	mkfifo "$work/pipe"
	sed '/"event":"running"/q' "$work/pipe" >"$work/read" &
	reader=$!
	events=$work/pipe
	fake_start powerdown-events.10-powerdown-shutdown.guest_shutdown
	wait_until is_gone "$reader"
	power_down
}

tests_run
