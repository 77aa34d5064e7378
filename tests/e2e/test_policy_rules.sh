#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the host policy says of guests, through the real launcher: each rule refuses what breaks it, and
# names itself, the value and the file; and what all running guests share is never given twice.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"


qemu_program=${TEST_QEMU:-/usr/bin/qemu-system-x86_64}

# allows [OPTION...]: a guest at level off starts and ends.
allows() {
	fake running-shutdown.guest_shutdown "$@"
	expect_status 0
	expect_no_err 'host policy'
	expect_clean
}

# refuses KEY TEXT [OPTION...]: one does not.
refuses() {
	local key=$1 text=$2

	shift 2
	fake start-exit.9 "$@"
	expect 77 "host policy '$CONFIGURATION_DIRECTORY/policy.json', key '$key': $text"
	expect_clean
}

# measured [OPTION...]: a guest of level sev-snp, up to where this machine would need /dev/sev.
measured() {
	[ -f "$work/sev_firmware" ] || make_sev_firmware "$work/sev_firmware" enforcing
	run "$SNPLAUNCH" run --host-facts "$facts" --level sev-snp --qemu "$fake" --name fake-start-exit.9 \
		--firmware "$work/sev_firmware" --cpu "${cpu-EPYC-Milan-v2}" --memory-mib 64 "$@"
}

allows_measured() {
	measured "$@"
	[ "$status" -ne 77 ] || fail 'refused'
	expect_clean
}

refuses_measured() {
	local key=$1 text=$2

	shift 2
	measured "$@"
	expect 77 "host policy '$CONFIGURATION_DIRECTORY/policy.json', key '$key': $text"
	expect_clean
}

# --- One guest ------------------------------------------------------------------------------------

test_levels() {
	needs_root
	write_policy '{"levels":["sev","sev-snp"]}'
	refuses levels "level 'off' is not listed: choose sev or sev-snp"
	allows_measured
	write_policy '{"levels":["off"]}'
	allows
	refuses_measured levels "level 'sev-snp' is not listed: choose off"
}

test_vcpus_and_memory() {
	needs_root
	write_policy '{"vcpus_max":2,"memory_mib_max":128}'
	allows --vcpus 2 --memory-mib 128
	refuses vcpus_max 'vcpus 3 is above 2: give the guest fewer' --vcpus 3 --memory-mib 64
	refuses memory_mib_max 'memory_mib 129 is above 128: give the guest less' --memory-mib 129
}

test_networks() {
	needs_root
	write_policy '{"network_kinds":["none"]}'
	allows
	refuses network_kinds "network kind 'tap' is not listed: leave the network out" \
		--network '{"kind":"tap","device":"tap0"}'
	write_policy '{"network_kinds":["tap"],"taps":["guest0"]}'
	allows
	refuses taps "tap device 'tap0' is not listed: take one that is" \
		--network '{"kind":"tap","device":"tap0"}'
	# What is listed is not refused, but is not there.
	fake start-exit.9 --network '{"kind":"tap","device":"guest0"}'
	expect 69 "there is no tap device 'guest0'"
}

test_cpu_models() {
	needs_root
	write_policy '{"cpu_models":["EPYC-Milan-v2"]}'
	allows_measured
	cpu=EPYC-Genoa-v1
	refuses_measured cpu_models "cpu 'EPYC-Genoa-v1' is not listed: choose one that is, such as 'EPYC-Milan-v2'"
}

test_firmware_by_its_digest() {
	local digest

	needs_root
	make_firmware
	digest=$(sha256sum <"$work/firmware")
	digest=${digest%% *}
	write_policy "{\"firmware_sha256\":[\"$digest\"]}"
	allows
	yes another | head -c 65536 >"$work/firmware"
	digest=$(sha256sum <"$work/firmware")
	refuses firmware_sha256 "firmware '$work/firmware' with SHA-256 ${digest%% *} is not listed"
}

test_firmware_by_its_directory() {
	needs_root
	make_firmware
	mkdir -m 755 "$work/images"
	write_policy "{\"firmware_directories\":[\"$work/images\"]}"
	refuses firmware_directories "firmware '$work/firmware' with SHA-256 "
	expect_err 'take one from below a directory that is'
	# Where it lies counts, not by which name it was found.
	mv "$work/firmware" "$work/images"
	ln -s images/firmware "$work/firmware"
	allows
	mkdir -m 755 "$work/images-old"
	cp "$work/images/firmware" "$work/images-old"
	refuses firmware_directories "firmware '$work/images-old/firmware'" \
		--firmware "$work/images-old/firmware"
}

test_firmware_by_either() {
	local digest

	needs_root
	make_firmware
	digest=$(sha256sum <"$work/firmware")
	write_policy "{\"firmware_sha256\":[\"${digest%% *}\"],\"firmware_directories\":[\"/nowhere\"]}"
	allows
	write_policy "{\"firmware_sha256\":[\"$(printf '%064d' 0)\"],\"firmware_directories\":[\"$work\"]}"
	allows
}

test_kernel_hashes() {
	needs_root
	make_kernel
	write_policy '{"kernel_hashes_required":true}'
	allows_measured
	allows_measured --kernel "$work/kernel"
	refuses_measured kernel_hashes_required 'kernel_hashes is off: turn it on' \
		--kernel "$work/kernel" --kernel-hashes off
	fake_command running-shutdown.guest_shutdown --kernel "$work/kernel"
	run "${fake_run[@]}"
	expect_status 0
}

# The only rule about what a guest is made of that holds without a file.
test_debugging_without_a_policy_file() {
	needs_root
	measured --guest-policy '{"debug":true}'
	expect 77 "host policy without a file, key 'debug_allowed': guest policy 0xb0000 lets the host debug the guest: leave guest_policy.debug out"
	expect_clean
	write_policy '{"debug_allowed":true}'
	allows_measured --guest-policy '{"debug":true}'
	write_policy '{"vcpus_max":4}'
	refuses_measured debug_allowed 'guest policy 0xb0000' --guest-policy '{"debug":true}'
}

test_bits_of_the_guest_policy() {
	needs_root
	write_policy '{"guest_policy_required":["smt","rapl_dis"],"guest_policy_forbidden":["single_socket"]}'
	allows_measured --guest-policy '{"rapl_dis":true}'
	refuses_measured guest_policy_required 'guest policy 0x30000 lacks rapl_dis: turn it on'
	refuses_measured guest_policy_forbidden 'guest policy 0x930000 has single_socket: turn it off' \
		--guest-policy '{"rapl_dis":true,"single_socket":true}'
}

test_id_block_that_is_missing() {
	needs_root
	write_policy '{"id_block_required":true}'
	allows
	refuses_measured id_block_required 'there is no id_block: give one, see snplaunch id-block'
	write_policy "{\"id_keys\":[\"$(printf '%096d' 0)\"]}"
	refuses_measured id_keys 'there is no id_block: give one that a listed key has signed'
}

# sign_id_block: for the guest of measured(), signed by a key whose digest is in $key_digest.
sign_id_block() {
	local digest

	make_sev_firmware "$work/sev_firmware" enforcing
	digest=$("$SNPLAUNCH" measure --level sev-snp --firmware "$work/sev_firmware" --cpu EPYC-Milan-v2 --vcpus 1)
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out id.key 2>/dev/null
	run "$SNPLAUNCH" id-block make --digest "${digest%% *}" --policy 0x30000 --id-key id.key \
		--output block --auth-output auth
	expect_status 0
	run "$SNPLAUNCH" id-block show block auth --json
	key_digest=$(sed -n 's/.*"id_key_digest":"\(.*\)".*/\1/p' "$work/out")
	[ -n "$key_digest" ] || fail 'there is no digest of the key'
}

test_id_block_by_its_key() {
	local id_block='{"block":"block","auth":"auth"}' key_digest

	needs_root
	needs_program openssl
	sign_id_block
	write_policy "{\"id_block_required\":true,\"id_keys\":[\"$key_digest\"]}"
	allows_measured --id-block "$id_block"
	write_policy "{\"id_keys\":[\"$(printf '%096d' 0)\"]}"
	refuses_measured id_keys "the id_block's ID key with SHA-384 ${key_digest:0:8}... is not listed" \
		--id-block "$id_block"
	write_policy "{\"author_keys\":[\"$key_digest\"]}"
	refuses_measured author_keys 'the id_block has no author key: have a listed one sign its key' \
		--id-block "$id_block"
}

# No machine without /dev/sev can say what its firmware is.
test_firmware_of_the_platform_that_cannot_be_asked() {
	needs_root
	[ ! -e /dev/sev ] || skip 'this machine has /dev/sev'
	write_policy '{"sev_firmware_min":[{"generation":"naples","api_major":1}]}'
	allows
	measured
	expect 77 "host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'sev_firmware_min': "
}

# What run refuses a plan foretells, as far as it can know.
test_plan_foretells() {
	needs_root
	write_policy '{"vcpus_max":2,"firmware_directories":["/nowhere"]}'
	make_firmware
	plan --level off --accel tcg --firmware "$work/firmware" --qemu "$fake"
	expect_status 0
	expect_no_err refuses
	plan --level off --accel tcg --firmware "$work/firmware" --qemu "$fake" --vcpus 3
	expect_status 0
	expect_err "warning: run refuses this: host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'vcpus_max': vcpus 3 is above 2"
}

# --- Who refuses ----------------------------------------------------------------------------------

# Who could start any guest without snplaunch is only told.
test_user_is_only_told() {
	become_user
	write_policy '{"vcpus_max":1,"memory_total_mib":64}'
	fake running-shutdown.guest_shutdown --vcpus 2 --memory-mib 65
	expect_status 0
	expect_err "warning: host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'vcpus_max': vcpus 2 is above 1"
	expect_err "warning: host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'memory_total_mib': 65 wanted"
}

# A start that follows a reset is judged like the first, and needs no more than the first has taken.
test_start_again() {
	needs_root
	write_policy '{"vcpus_max":2,"memory_total_mib":100}'
	fake_start running-shutdown.guest_reset --memory-mib 100 --on-reset relaunch
	wait_sign has_events running 3
	expect_no_err 'host policy'
	kill -KILL "$launcher"
	wait_end
	rm -rf "$runtime"
}

test_rehearsal_is_judged_but_for_the_hardware() {
	needs_root
	needs_program "$qemu_program"
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "Debian's ovmf is not installed"
	write_policy '{"sev_firmware_min":[{"generation":"naples","api_major":255}],"memory_total_mib":1,
		"sev_asids":1,"vcpus_max":2,"cpu_models":["EPYC-Milan-v2"]}'
	run "$SNPLAUNCH" rehearse --qemu "$qemu_program" --level sev --cpu EPYC-Milan-v2 --memory-mib 256
	expect_status 0
	expect_out 'digests      equal'
	expect_err "a rehearsal: the host policy's sev_firmware_min, and what all guests share, are not judged"
	run "$SNPLAUNCH" rehearse --qemu "$qemu_program" --level sev-snp --cpu EPYC-Milan-v2 --memory-mib 256 \
		--vcpus 3
	expect 77 "host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'vcpus_max': vcpus 3 is above 2"
	run "$SNPLAUNCH" rehearse --qemu "$qemu_program" --level sev-snp --cpu EPYC-Genoa-v1 --memory-mib 256
	expect 77 "key 'cpu_models': cpu 'EPYC-Genoa-v1' is not listed"
	expect_clean
}

# With a default of Debian's firmware, which is found by trying one after the other.
test_firmware_that_was_not_named() {
	needs_root
	needs_program "$qemu_program"
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "Debian's ovmf is not installed"
	write_policy '{"firmware_directories":["/usr/share/OVMF"]}'
	run "$SNPLAUNCH" rehearse --qemu "$qemu_program" --level sev --cpu EPYC-Milan-v2 --memory-mib 256
	expect_status 0
	write_policy '{"firmware_directories":["/usr/share/elsewhere"]}'
	run "$SNPLAUNCH" rehearse --qemu "$qemu_program" --level sev --cpu EPYC-Milan-v2 --memory-mib 256
	expect 77 "key 'firmware_directories': firmware '/usr/share/OVMF/"
}

# --- All guests -----------------------------------------------------------------------------------

# run_beside NAME [OPTION...]: starts a guest that runs until it is told to end, as $launcher.
run_beside() {
	local name=$1

	shift
	fake_command "$name" "$@"
	start "${fake_run[@]}"
	wait_event running
}

# Memory is given to as many guests as have room, and taken back from the dead.
test_memory_of_all_guests() {
	local first

	needs_root
	write_policy '{"memory_total_mib":200}'
	refuses memory_total_mib '201 wanted, but running guests have 0 of 200' --memory-mib 201
	run_beside '' --memory-mib 128
	first=$launcher
	launcher=
	fake start-exit.9 --memory-mib 73
	expect 75 "host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'memory_total_mib': 73 wanted, but running guests have 128 of 200: ask for less, or stop one"
	fake running-shutdown.guest_shutdown --memory-mib 72
	expect_status 0
	kill -KILL "$first"
	wait_until is_gone "$first"
	fake running-shutdown.guest_shutdown --memory-mib 200
	expect_status 0
}

# What a killed launcher left behind under a name is nobody's when the name is claimed again.
test_share_that_a_killed_launcher_left() {
	needs_root
	write_policy '{"memory_total_mib":200}'
	run_beside '' --memory-mib 128
	kill -KILL "$launcher"
	wait_end
	[ -f "$runtime/fake/share" ] || fail 'there is no share'
	run_beside '' --memory-mib 200
	power_down
}

# Twenty at once, where there is room for three: three run.
test_many_at_once() {
	local i pid pids=() running=0 busy=0

	needs_root
	write_policy '{"memory_total_mib":200}'
	mkdir "$work/many"
	for i in $(seq 20); do
		fake_command "quit-ignore.$i" --memory-mib 64
		"${fake_run[@]}" --events-fd 3 3>"$work/many/$i" >/dev/null 2>"$work/many/$i.err" </dev/null &
		pids+=("$!")
	done
	for i in $(seq 20); do
		pid=${pids[i - 1]}
		wait_until has_run_or_ended "$work/many/$i" "$pid"
		if is_gone "$pid"; then
			wait "$pid"
			status=$?
			expect_status 75
			grep -q "key 'memory_total_mib': 64 wanted" "$work/many/$i.err" || fail "$(cat "$work/many/$i.err")"
			busy=$((busy + 1))
		else
			running=$((running + 1))
		fi
	done
	expect_equal "$running $busy" '3 17' 'that run and that do not'
	kill -TERM "${pids[@]}" 2>/dev/null
	for pid in "${pids[@]}"; do
		wait_until is_gone "$pid"
	done
	expect_clean
}

has_run_or_ended() {
	grep -qs '"event":"running"' "$1" || is_gone "$2"
}

# Without a file the host's memory is the limit.
test_memory_without_a_policy_file() {
	needs_root
	fake start-exit.9 --memory-mib 16777216
	expect 77 "host policy without a file, key 'memory_total_mib': 16777216 wanted, but running guests have 0 of "
	expect_clean
	write_policy '{"memory_reserve_mib":268435456}'
	refuses memory_total_mib '64 wanted, but running guests have 0 of 1' --memory-mib 64
}

tests_run
