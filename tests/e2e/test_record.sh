#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Launch records: what is written when, and what is told of them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

record() {
	run "$SNPLAUNCH" record "$@"
}

# A launch to its end that keeps a record.
fake_with_record() {
	make_kernel
	fake running-exit.0 --kernel kernel --cmdline 'console=ttyS0' --record record
	expect 125 'QEMU ended with status 0'
}

# measured OPTION...: a measured launch, which this machine cannot start, with its record.
measured() {
	[ -f firmware ] || make_sev_firmware firmware enforcing
	[ -f kernel ] || make_kernel
	[ ! -e /dev/sev ] || skip 'this machine would start it'
	run "$SNPLAUNCH" run --host-facts "$facts" --level sev-snp --qemu "$fake" \
		--firmware firmware --kernel kernel "$@"
	[ "$status" -ne 0 ] || fail 'it was started'
	[ -s "$work/record" ] || fail 'no record'
}

# --- Writing --------------------------------------------------------------------------------------

test_record_of_a_launch() {
	local word

	fake_with_record
	for word in '"state":"ended"' '"record":1' '"cmdline":"console=ttyS0"' '"status":125' \
		"\"sha256\":\"$(sha256sum <kernel | cut -d ' ' -f 1)\"" '"path":"kernel"'; do
		grep -qF "$word" record || fail "the record lacks $word"
	done
	expect_equal "$(stat -c %a record)" 600
	expect_equal "$(sed -n 's/^ *"state":"\([a-z]*\)".*/\1/p' record | tr '\n' ' ')" \
		'ended planned artifacts started up running exited '
}

test_record_of_a_guest_that_runs() {
	fake_start '' --record "$work/record"
	wait_event running
	wait_until grep -q '"state":"running"' record
	kill -KILL "$launcher"
	wait_end
	record show record
	expect_status 0
	expect_out 'state        running'
}

test_longer_record_before_leaves_nothing() {
	fake_with_record
	head -c 100000 /dev/zero | tr '\0' x >>record
	fake_with_record
	record show record
	expect_status 0
}

test_refused_launch_leaves_the_record_alone() {
	echo kept >record
	fake '' --kernel missing --record record
	expect_status 66
	expect_equal "$(cat record)" kept
}

# A name that was mistaken for another destroys nothing.
test_record_over_another_file() {
	make_firmware
	make_kernel
	echo '{"level":"off","accel":"tcg","name":"fake-running-exit.0","firmware":"firmware"}' >guest.json
	chmod a+r firmware
	cp guest.json before
	run "$SNPLAUNCH" run --host-facts "$facts" --qemu "$fake" guest.json --record guest.json
	expect 66 "output 'guest.json': what is in it is not a launch record: name another file, or remove it"
	cmp -s guest.json before || fail 'the guest file is overwritten'
	cp kernel before
	fake running-exit.0 --kernel kernel --record kernel
	expect 66 "output 'kernel': what is in it is not a launch record"
	cmp -s kernel before || fail 'the kernel is overwritten'
	: >record
	fake_with_record
	echo '{ "record" : 1, torn' >record
	fake_with_record
	record show record
	expect_status 0
}

test_record_that_cannot_be_made() {
	fake '' --record nowhere/record
	expect 66 "cannot open output 'nowhere/record': No such file or directory"
	mkdir folder
	fake '' --record folder
	expect_status 66
}

test_record_of_a_guest_file() {
	make_firmware
	printf '{"level":"off","accel":"tcg","name":"fake-running-exit.0","firmware":"firmware"}' >guest.json
	chmod a+r firmware
	run "$SNPLAUNCH" run --host-facts "$facts" --qemu "$fake" guest.json --record record
	grep -qF "\"sha256\":\"$(sha256sum <guest.json | cut -d ' ' -f 1)\"" record || fail 'no guest file'
}

test_record_of_a_measured_launch() {
	local digest

	measured --record record
	plan --level sev-snp --firmware firmware --kernel kernel --json
	digest=$(member digest <out)
	record show record
	expect_out "digest       $digest"
	expect_out 'confirmed by nobody'
	expect_out 'proof        computed from these inputs'
	expect_out 'enforced     enforced'
}

# --- Reading --------------------------------------------------------------------------------------

test_what_is_no_record() {
	echo '{"record":2,"inputs":{},"plan":{},"states":[]}' >other
	record show other
	expect 66 "record 'other': it has format 2, and only 1 is known"
	echo '{"record":1' >half
	record show half
	expect 66 "record 'half': line 2, column 1: "
	: >empty
	record show empty
	expect 66 "record 'empty': "
	record show missing
	expect 66 "cannot open file 'missing'"
}

test_wrong_use() {
	record
	expect 64 'record takes show, diff, check or match'
	record show
	expect 64 'usage: snplaunch record show FILE'
	record show a --kernel b
	expect 64 'record show takes no option of a guest: only match does'
}

# What a record says is somebody's, and no terminal obeys it.
test_escape_sequence_in_a_record() {
	printf '{"record":1,"inputs":{"a\\u001b":{"path":"\\u001b[31m"}},"plan":{"name":"\\u001b]0;x"},"states":[{"state":"\\u0007"}]}' >evil
	record show evil
	expect_status 0
	! grep -q $'[\e\a]' out || fail 'an escape sequence is printed'
	record diff evil evil
	! grep -q $'[\e\a]' out || fail 'an escape sequence is printed'
}

test_diff_names_the_kernel() {
	measured --record "$work/record"
	cp record before
	echo other >>kernel
	measured --record "$work/record"
	record diff before record
	expect 1 'the launch digests differ'
	expect_out 'kernel (measured):'
	expect_out 'the launch digest differs, as what is measured does'
	expect_no_out 'firmware'
	record diff record record
	expect_status 0
	expect_out 'the launch digest is the same, as all that is measured'
}

test_diff_of_what_is_not_measured() {
	measured --record "$work/record"
	cp record before
	measured --record "$work/record" --memory-mib 2048
	record diff before record
	expect_status 0
	expect_out 'memory (not measured):'
	record diff before record --json
	expect_out '"what":"memory"'
	expect_out '"same":true'
}

test_diff_that_nothing_explains() {
	measured --record "$work/record"
	sed 's/"digest":"../"digest":"00/' record >forged
	record diff record forged
	expect_status 1
	expect_out 'differs, and nothing that is recorded explains why'
}

test_check() {
	local before now

	measured --record "$work/record"
	chmod a+r firmware kernel
	record check record --host-facts "$facts"
	expect_status 0
	expect_out 'kernel       same         kernel'
	expect_out 'digest       same         '
	before=$(sha256sum <kernel | cut -d ' ' -f 1)
	echo other >>kernel
	now=$(sha256sum <kernel | cut -d ' ' -f 1)
	record check record --host-facts "$facts"
	expect 1 'this host and these files would not give the recorded launch'
	expect_out "kernel       differs      kernel: recorded $before, now $now"
	expect_out 'firmware     same         firmware'
	expect_out "digest       differs      recorded $(member digest <record), now "
	record check record --host-facts "$facts" --json
	expect_out "\"recorded\":\"$before\""
	expect_out "\"now\":\"$now\""
	rm kernel
	record check record --host-facts "$facts"
	expect_status 1
	expect_out "kernel       not found    cannot open file 'kernel': No such file or directory: the path is relative to where the launch was started"
	expect_out 'digest       not computed the kernel could not be read'
	mkdir kernel
	record check record --host-facts "$facts"
	expect_status 1
	expect_out 'kernel       cannot open  '
}

test_check_on_a_host_that_cannot() {
	measured --record "$work/record"
	chmod a+r firmware kernel
	record check record --host-facts "$top/tests/host/no-sev-qemu-7.2.json"
	expect_status 1
	expect_out "host         differs      level 'sev-snp': this CPU is of 'GenuineIntel', not of AMD"
	expect_out "QEMU         differs      recorded $(member qemu_version <record), now 7.2"
	expect_out "digest       same         $(member digest <record)"
}

# --- Finding the launch of a digest ---------------------------------------------------------------

# digest_of OPTION...: of a launch that is planned
digest_of() {
	plan "$@" --json
	expect_status 0
	digest=$(member digest <out)
}

make_choices() {
	make_sev_firmware firmware
	make_sev_firmware other enforcing
	make_kernel
	echo initrd >initrd
}

test_match_finds_everything() {
	make_choices
	digest_of --level sev-snp --firmware other --kernel kernel --initrd initrd --cmdline 'a b' --vcpus 5 \
		--cpu EPYC-Milan-v2 --vmsa-features 0x21
	record match "$digest" --firmware firmware --firmware other --kernel initrd --kernel kernel \
		--initrd initrd --cmdline a --cmdline 'a b' --vcpus-max 8
	expect_status 0
	expect_out 'firmware       other'
	expect_out 'kernel         kernel'
	expect_out 'initrd         initrd'
	expect_out 'cmdline        a b'
	expect_out 'vcpus          5'
	expect_out 'cpu_signature  0x00a00f11'
	expect_out 'vmsa_features  0x21'
}

test_match_tells_the_types_of_sev_es_apart() {
	make_choices
	digest_of --level sev-es --firmware firmware --vcpus 2
	record match "$digest" --firmware firmware
	expect_out 'type           sev-es-legacy'
	digest_of --level sev-es --firmware firmware --vcpus 2 --legacy-vm-type off
	record match "$digest" --firmware firmware
	expect_out 'type           sev-es'
	digest_of --level sev --firmware firmware
	record match "$digest" --firmware firmware
	expect_status 0
}

test_match_with_a_guest_file() {
	make_choices
	chmod a+r firmware kernel
	echo '{"level":"sev-snp","firmware":"firmware","kernel":"kernel"}' >guest.json
	digest_of guest.json --vcpus 3
	record match "$digest" guest.json --json
	expect_status 0
	expect_out '"vcpus":3'
}

test_match_says_how_far_it_searched() {
	make_choices
	digest_of --level sev-snp --firmware firmware --vcpus 4
	record match "$digest" --firmware firmware --vcpus-max 3
	expect 1 'no launch that was tried has this digest'
	expect_out 'searched       135 digests: 1 to 3 vCPUs, 9 CPU signatures, 5 values of SEV features'
}

# What cannot have such a digest is told, and is no verdict when nothing else was tried.
test_match_tells_what_it_skipped() {
	local vars_image=/usr/share/OVMF/OVMF_VARS_4M.fd

	[ -f "$vars_image" ] || skip "there is no $vars_image"
	make_choices
	cp "$vars_image" vars
	head -c 65536 /dev/zero >zeros
	for digest in "$(printf '%096d' 0)" "$(printf '%064d' 0)"; do
		record match "$digest" --firmware vars
		expect 66 "no launch could be tried: firmware 'vars': it is a store of variables, not firmware"
		record match "$digest" --firmware vars --firmware firmware --vcpus-max 1
		expect 1 'no launch that was tried has this digest'
		expect_out 'skipped        vars: it is a store of variables, not firmware'
	done
	record match "$(printf '%096d' 0)" --firmware zeros --firmware vars
	expect 66 "no launch could be tried: firmware 'zeros': the firmware has no SEV metadata"
	expect_err '; and more'
	make_sev_firmware plain
	put plain 65448 'x' # the GUID of its area of kernel hashes
	record match "$(printf '%096d' 0)" --firmware plain --kernel kernel --vcpus-max 1 --json
	expect_status 1
	expect_out '"firmware":"plain"'
	expect_out '"reason":"the firmware has no kernel hashes area'
}

test_match_of_what_is_no_digest() {
	record match 12ab --firmware firmware
	expect 64 "'12ab' is no launch digest"
	record match "$(printf '%096d' 0)"
	expect 64 'a digest always covers firmware'
	record match "$(printf '%096d' 0)" --vcpus-max 513
	expect 64 "option '--vcpus-max': must be 1 to 512, not '513'"
}

test_as_a_user() {
	needs_root
	become_user
	make_sev_firmware firmware enforcing
	make_kernel
	chmod a+r firmware kernel
	cd user || exit 1
	mkdir mine && chown 65534 mine
	cp ../firmware ../kernel mine && chmod a+r mine/*
	cd mine || exit 1
	run "$SNPLAUNCH" run --host-facts "$facts" --level off --accel tcg --qemu "$fake" \
		--firmware firmware --name fake-running-exit.0 --record record
	expect 125 'QEMU ended'
	record show record
	expect_status 0
	record check record --host-facts "$facts"
	expect_status 0
}

tests_run
