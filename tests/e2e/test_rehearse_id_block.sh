#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ID blocks in rehearsals: the right one launches. Of a wrong one snplaunch says what is wrong before
# QEMU is started; and QEMU, started all the same, is refused by the software AMD-SP.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/rehearsals.sh
. "$(dirname "$0")/rehearsals.sh"
# shellcheck source=tests/e2e/played_qemu.sh
. "$(dirname "$0")/played_qemu.sh"

image=/usr/share/ovmf/OVMF.fd
policy=0x30000
with_author='{"block":"block","auth":"auth","author_key":true}'

# make_block DIGEST [POLICY]: 'block' and 'auth', signed by an ID key and an author key.
make_block() {
	local name

	needs_program openssl
	for name in id author; do
		[ -f "$name.key" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 \
			-out "$name.key" 2>/dev/null
	done
	rm -f block auth
	run "$SNPLAUNCH" id-block make --digest "$1" --policy "${2:-$policy}" --id-key id.key \
		--author-key author.key --output block --auth-output auth
	expect_status 0
}

# The digest of the guest that is rehearsed here.
make_right_block() {
	rehearse --level sev-snp --firmware "$image" --json
	expect_status 0
	digest=$(report expected)
	make_block "$digest"
}

rehearse_with_block() {
	rehearse --level sev-snp --firmware "$image" --id-block "$with_author" "$@"
}

# What the software AMD-SP says to QEMU itself, with the same files: fw_error, or nothing.
qemu_hears() {
	local properties=("\"id-block\":\"$(base64 -w 0 block)\"" "\"id-auth\":\"$(base64 -w 0 auth)\""
		"\"author-key-enabled\":${1:-true}")

	printf '{"execute":"%s"}\n' qmp_capabilities cont quit |
		env LD_PRELOAD="$library" "$qemu" -no-user-config -nodefaults -display none -S -qmp stdio \
			-machine "$played_machine" -accel kvm -cpu EPYC-Milan-v2 -m 256M -bios "$image" \
			-object "$(encrypted sev-snp-guest "${properties[@]}")" 2>&1 >/dev/null |
		sed -n 's/.*SNP_LAUNCH_FINISH ret=-5 fw_error=\([0-9]*\).*/\1/p'
}

test_right_block_launches() {
	make_right_block
	rehearse_with_block
	expect_equal_digests
	c_bit=$(c_bit_position)
	expect_equal "$(qemu_hears)" ''
	# Nobody confirms anything in a rehearsal.
	rehearse_with_block --record record
	grep -q '"confirmed_by":"nobody"' record || fail 'a rehearsal confirmed the digest'
}

# What is flipped: file, byte, what snplaunch says, what the firmware says.
flips() {
	cat <<-'END'
		block 0x00 1 the launch digest is not the one in the ID block: computed
		block 0x2f 1 firmware would refuse the guest with BAD_MEASUREMENT
		block 0x58 1 the ID block has the policy 0x30001, the launch 0x30000: firmware would refuse the guest with POLICY_FAILURE
		block 0x5a 1 the ID block has the policy 0x20000, the launch 0x30000
		block 0x30 1 signature of the ID block by the ID key: the signature does not verify
		block 0x54 1 signature of the ID block by the ID key: the signature does not verify
		auth 0x040 1 signature of the ID block by the ID key: the signature does not verify
		auth 0x088 1 signature of the ID block by the ID key: the signature does not verify
		auth 0x244 66 signature of the ID block by the ID key
		auth 0x28c 66 signature of the ID block by the ID key
		auth 0x680 1 signature of the ID key by the author key: the signature does not verify
		auth 0x884 66 signature of the ID key by the author key
	END
}

# flip FILE BYTE: its lowest bit.
flip() {
	local byte

	byte=$(od -An -v -tu1 -j $(($2)) -N 1 "$1")
	put "$1" "$2" "\\$(printf '%03o' $((byte ^ 1)))"
}

test_one_flipped_bit_fails_with_the_reason() {
	local file byte status_wanted text

	make_right_block
	c_bit=$(c_bit_position)
	cp block block.right
	cp auth auth.right
	while read -r file byte status_wanted text; do
		cp block.right block
		cp auth.right auth
		flip "$file" "$byte"
		rehearse_with_block
		[ "$status" -eq "$status_wanted" ] || fail "$file $byte: status $status"
		grep -qF -- "$text" err || fail "$file $byte: not told: $text"
		! grep -q 'QEMU' err || fail "$file $byte: QEMU was started"
		expect_equal "$(qemu_hears)" 10 "$file $byte"
		expect_clean
	done < <(flips)
}

# Signed anew, so that the firmware comes to look at what is signed.
test_wrong_statements_that_are_signed() {
	make_right_block
	c_bit=$(c_bit_position)
	make_block "$(printf '%096d' 0)"
	rehearse_with_block
	expect 1 "the launch digest is not the one in the ID block: computed $digest, the block says 0000"
	expect_equal "$(qemu_hears)" 11
	make_block "$digest" 0xb0000
	rehearse_with_block
	expect 1 'the ID block has the policy 0xb0000, the launch 0x30000'
	expect_equal "$(qemu_hears)" 7
}

# The firmware would take it and not look at the author, so nobody but snplaunch can notice.
test_author_that_nobody_asks_for() {
	make_right_block
	c_bit=$(c_bit_position)
	with_author='{"block":"block","auth":"auth"}'
	rehearse_with_block
	expect 1 'the authentication has an author key, and author_key is false'
	expect_err 'set author_key to true, or make the authentication without an author'
	with_author='{"block":"block","auth":"auth","author_key":false}'
	rehearse_with_block
	expect 1 'the authentication has an author key, and author_key is false'
	expect_equal "$(qemu_hears false)" ''
}

# author_key is true, and only the ID key has signed.
test_author_that_is_missing() {
	make_right_block
	c_bit=$(c_bit_position)
	run "$SNPLAUNCH" id-block make --digest "$digest" --policy "$policy" --id-key id.key \
		--output block --auth-output auth
	expect_status 0
	rehearse_with_block
	expect 1 'author_key is true, and no author has signed the ID key'
	expect_equal "$(qemu_hears)" 10
	expect_equal "$(qemu_hears false)" ''
	with_author='{"block":"block","auth":"auth"}'
	rehearse_with_block
	expect_equal_digests
}

# As on a host whose kernel sets other features than were told: only the AMD-SP can notice.
test_launch_that_is_another_than_computed() {
	rehearse --level sev-snp --firmware "$image" --vmsa-features 0x21
	expect 1 'the digest that QEMU caused is not the expected one: they part at range'
	expect_out 'digests      different'
	digest=$(sed -n 's/^expected  *//p' out | head -n 1)
	make_block "$digest"
	rehearse_with_block --vmsa-features 0x21
	expect 1 'the launch was refused: KVM_SEV_SNP_LAUNCH_FINISH: Input/output error, fw_error 11 (BAD_MEASUREMENT)'
	expect_err "the launch digest is not the one in the ID block: computed $digest, the block says $digest"
	expect_err "cause: the launch digest is not the ID block's"
	expect_err 'remedy: compute the digest for this guest and make a new ID block'
	expect_out 'guest        not launched'
	expect_clean
}

tests_run
