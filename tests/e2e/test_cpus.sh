#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# snplaunch cpus: what QEMU and the table of signatures say of CPU models.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

image=/usr/share/OVMF/OVMF_CODE_4M.fd

cpus() {
	run "$SNPLAUNCH" cpus "$@"
}

# row MODEL: its line, spaces as one
row() {
	awk -v model="$1" '$1 == model { $1 = $1; print }' "$work/out"
}

test_models_of_another_machine() {
	cpus --host-facts "$facts"
	expect_status 0
	expect_out 'QEMU 10.0.2, with KVM, on another machine'
	expect_equal "$(row EPYC-Genoa-v1)" 'EPYC-Genoa-v1 0x00a10f10 yes runs'
	expect_equal "$(row EPYC-Milan)" 'EPYC-Milan 0x00a00f11 yes runs; alias of EPYC-Milan-v1'
	expect_equal "$(row host)" 'host - no runs'
	expect_equal "$(row SierraForest-v1)" \
		'SierraForest-v1 - no lacks serialize, avx-vnni-int8, avx-ne-convert and 6 more'
}

test_models_as_json() {
	cpus --host-facts "$facts" --json
	expect_status 0
	python3 - "$work/out" <<-'END' >"$work/told" || fail 'this is no such JSON'
		import json, sys
		report = json.load(open(sys.argv[1]))
		models = {model["name"]: model for model in report["models"]}
		print(report["qemu_version"], report["accel"], report["for_other_host"])
		for name in ("EPYC-Genoa", "EPYC-Genoa-v1", "max"):
		    print(*models[name].values())
	END
	expect_equal "$(cat "$work/told")" "10.0.2 kvm True
EPYC-Genoa EPYC-Genoa-v1 0x00a10f10 True True None False
EPYC-Genoa-v1 None 0x00a10f10 True True None False
max None None False True None False"
}

# Every model that the real QEMU lists, and the signatures that measure takes.
models_of_this_machine() {
	needs_program qemu-system-x86_64
	[ -f "$image" ] || skip "Debian's ovmf is not installed"
	cpus
	expect_status 0
	for model in $(qemu-system-x86_64 -cpu help | sed -n 's/^ *\(EPYC[^ ]*\) .*/\1/p'); do
		[ -n "$(row "$model")" ] || fail "cpus does not name $model"
		signature=$(row "$model" | cut -d ' ' -f 2)
		run "$SNPLAUNCH" measure --level sev-es --firmware "$image" --cpu "$model" --json
		expect_status 0
		expect_out "\"cpu_signature\": \"$signature\""
		cpus
	done
	cpus --qemu /bin/true
	expect 76 "QEMU closed its QMP socket"
}

test_models_of_this_machine_for_root() {
	needs_root
	models_of_this_machine
}

test_models_of_this_machine_for_a_user() {
	become_user
	models_of_this_machine
}

tests_run
