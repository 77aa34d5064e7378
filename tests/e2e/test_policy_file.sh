#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Policy files through the real programs: the command that shows what one means, and the mode in
# which the launcher has one compiled.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# As the launcher starts it.
front=(setpriv --no-new-privs "$bin/snplaunch")
# sizeof(struct host_policy): fourteen numbers, and 1 + 8 + 16 + 1 paths of 256 bytes.
host_bytes=$((14 * 4 + 26 * 256))
# sizeof(struct launch_rules): sixteen numbers, 32 taps, CPU models and SHA-256, 16 paths, twice 32
# SHA-384, eight generations.
rules_bytes=$((16 * 4 + 32 * (16 + 64 + 32) + 16 * 256 + 2 * 32 * 48 + 8 * 36))
policy_bytes=$((host_bytes + rules_bytes))

policy() {
	run "$SNPLAUNCH" policy "$@"
}

# --- The command ---------------------------------------------------------------------------------

test_shows_each_key_with_where_it_comes_from() {
	cp "$top/examples/policy-edge.json" "$work/edge.json"
	policy show edge.json
	expect_status 0
	expect_out 'front_uid              default '
	expect_out 'qemu                   file    /usr/bin/qemu-system-x86_64'
	expect_out 'confinement            default require'
	expect_out 'memory_overhead_mib    file    384 MiB'
	expect_out 'limit_asids            file    true'
	expect_out 'levels                 file    sev-snp'
	expect_out 'debug_allowed          default false'
	expect_out 'sev_firmware_min       file    generation milan, api_major 1, '
}

test_shows_what_holds_without_a_limit() {
	echo '{}' >"$work/p.json"
	policy show p.json
	expect_status 0
	expect_out 'qemu                   default any that belongs to root and that nobody else may write'
	expect_out 'artifact_directories   default any'
	expect_out 'cgroup                 default the one snplaunch is started in'
	policy show p.json --json
	expect_status 0
	tr -d '\n ' <"$work/out" >"$work/line"
	mv "$work/line" "$work/out"
	expect_out '{"policy_file":"p.json","rules":{'
	expect_out '"qemu":{"value":null,"origin":"default"}'
	expect_out '"memory_overhead_mib":{"value":512,"origin":"default"}'
}

test_shows_one_path_a_line_and_escapes_it() {
	echo '{"artifact_directories":["/a","/\u00e9"]}' >"$work/p.json"
	policy show p.json
	expect_status 0
	expect_out 'artifact_directories   file    /a'
	expect_out '                               /\xc3\xa9'
	policy show p.json --json
	expect_status 0
	expect_out '"/é"'
}

test_names_every_mistake() {
	printf '{"qemu":[],\n"seccomp":"no",\n"colour":1}' >"$work/p.json"
	policy check p.json
	expect 78 "snplaunch: policy file 'p.json':1:9: key 'qemu': must have 1 to 8 elements, not 0"
	expect_err "snplaunch: policy file 'p.json':2:11: key 'seccomp': must be kill or log, not 'no'"
	expect_err "snplaunch: policy file 'p.json':3:1: key 'colour': unknown key"
	expect_equal "$(wc -l <"$work/err")" 3 'lines'
	expect_equal "$(wc -c <"$work/out")" 0 'bytes of output'
}

test_counts_the_mistakes_that_it_does_not_show() {
	{
		printf '{"a0":1'
		printf ',"a%d":1' $(seq 24)
		printf '}'
	} >"$work/p.json"
	policy check p.json
	expect 78 'snplaunch: 5 more mistakes are not shown'
	expect_equal "$(wc -l <"$work/err")" 21 'lines'
}

test_refuses_wrong_use() {
	policy show nosuch.json
	expect_status 66
	expect_err "'nosuch.json': No such file or directory"
	policy p.json
	expect 64 'policy does what? snplaunch policy show [FILE], or check FILE'
	policy check
	expect 64 'check which file? snplaunch policy check FILE'
	policy show --level off p.json
	expect 64 "unknown option '--level': see snplaunch policy --help"
	run "$SNPLAUNCH" schema
	expect 64 'schema of what? snplaunch schema guest, or policy'
	# It is for the launcher to ask.
	run "$SNPLAUNCH" --compile-policy=3,4
	expect 64 "unknown command '--compile-policy=3,4'"
	run "$SNPLAUNCH" --judge=3,4
	expect 64 "unknown command '--judge=3,4'"
	run "${front[@]}" --judge=3,4
	expect 64 "option '--judge': too few descriptors"
}

test_shows_a_user_s_policy() {
	become_user
	echo '{"seccomp":"log"}' >"$work/p.json"
	policy show p.json
	expect_status 0
	expect_out 'seccomp                file    log'
}

test_says_that_a_file_is_right() {
	echo '{"levels":["off"],"vcpus_max":4}' >"$work/p.json"
	policy check p.json
	expect_status 0
	expect_out 'valid                   yes'
	expect_out 'keys                    2'
	policy check p.json --json
	expect_status 0
	expect_out '"valid":true'
}

test_shows_the_machine_s_policy_and_its_file() {
	mkdir -m 755 "$CONFIGURATION_DIRECTORY"
	echo '{"id_keys":["'"$(printf '%096d' 7)"'"]}' >"$CONFIGURATION_DIRECTORY/policy.json"
	policy show --json
	expect_status 0
	expect_out "\"policy_file\":\"$CONFIGURATION_DIRECTORY/policy.json\""
	policy
	expect_status 0
	expect_out "id_keys                file    $(printf '%096d' 7)"
}

# --- The launcher's mode -------------------------------------------------------------------------

# compile [OPTION...]: the policy in $work/p.json to $work/compiled
compile() {
	: >"$work/compiled"
	run "${front[@]}" --compile-policy=3,4 "$@" 3<"$work/p.json" 4>"$work/compiled"
}

numbers() {
	od -v -An -tu4 -N56 "$work/compiled" | tr -s ' \n' ' '
}

test_compiles_a_policy_to_plain_bytes() {
	echo '{"confinement":"auto","seccomp":"log","sev_issue_cmd":"fake","front_uid":5,
		"limit_asids":true,"qemu":["/q"],"artifact_directories":["/a","/b"]}' >"$work/p.json"
	compile
	expect_status 0
	expect_equal "$(stat -c %s "$work/compiled")" "$policy_bytes"
	expect_equal "$(numbers)" ' 1 1 1 5 0 0 1 1 2 0 0 0 0 0 '
	expect_equal "$(tr -d '\0' <"$work/compiled" | grep -ao '/q/a/b.*')" "/q/a/b$work/p.json"
	echo '{"memory_total_mib":7,"memory_reserve_mib":8,"sev_asids":9,"sev_es_asids":10,
		"taps":["t"]}' >"$work/p.json"
	compile
	expect_status 0
	expect_equal "$(numbers)" ' 0 0 0 0 0 0 0 0 0 1 7 8 9 10 '
}

test_compiles_nothing_to_zeros() {
	echo '{}' >"$work/p.json"
	compile
	expect_status 0
	expect_equal "$(stat -c %s "$work/compiled")" "$policy_bytes"
	expect_equal "$(tr -d '\0' <"$work/compiled")" "$work/p.json" 'all but its name is zeros'
}

test_writes_nothing_for_a_wrong_policy() {
	echo '{"seccomp":"no","qemu_uid":0}' >"$work/p.json"
	compile
	expect 78 "policy file '$work/p.json':1:12: key 'seccomp': must be kill or log"
	expect_err "policy file '$work/p.json':1:28: key 'qemu_uid': must be 1 to"
	expect_equal "$(wc -l <"$work/err")" 2 'lines'
	expect_equal "$(stat -c %s "$work/compiled")" 0
	compile $'--policy-name=/x/\e[31mp.json'
	expect 78 "policy file '/x/\\x1b[31mp.json':1:12"
}

test_refuses_a_policy_that_is_too_large() {
	printf '{}%65535s' '' >"$work/p.json"
	compile
	expect 78 "policy file '$work/p.json':1:1: longer than 65536 bytes"
	expect_equal "$(stat -c %s "$work/compiled")" 0
}

test_refuses_wrong_arguments() {
	local fds

	for fds in '' 3 '3,' ',4' '3,4,5' '3,x' '-1,4' '3,99999999999' '3, 4'; do
		run "${front[@]}" "--compile-policy=$fds"
		expect 64 "option '--compile-policy': must be two descriptors such as 3,4, not '$fds'"
	done
	run "${front[@]}" --compile-policy=3,4 --json
	expect 64 "unexpected argument '--json'"
	run "${front[@]}" --compile-policy=9,4
	expect 66 "policy file '/etc/snplaunch/policy.json': cannot read it: Bad file descriptor"
}

is_filtered() {
	grep -q '^Seccomp:.*2' "/proc/$1/status"
}

# It waits for its file here, of which it has read nothing.
test_has_its_filter_before_it_reads() {
	local compiler

	mkfifo "$work/fifo"
	exec 5<>"$work/fifo"
	"${front[@]}" --compile-policy=3,4 3<"$work/fifo" 4>"$work/compiled" 5>&- &
	compiler=$!
	wait_until is_filtered "$compiler"
	expect_equal "$(stat -c %s "$work/compiled")" 0
	echo '{}' >&5
	exec 5>&-
	wait "$compiler" || fail "exit status $?"
	expect_equal "$(stat -c %s "$work/compiled")" "$policy_bytes"
}

tests_run
