#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ID blocks through the real programs, with keys of openssl(1), which also verifies what they sign.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

digest=$(printf 'ab%.0s' $(seq 48))

id_block() {
	run "$SNPLAUNCH" id-block "$@"
}

# As one of root's or of a user's: the folder of keys and outputs is theirs.
make_keys() {
	needs_program openssl
	mkdir -p "$1"
	cd "$1" || fail "no folder $1"
	for name in id author other; do
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$name.key" 2>/dev/null
		openssl pkey -in "$name.key" -pubout -out "$name.pub"
	done
	openssl pkey -in author.key -aes256 -passout pass:secret -out locked.key
	[ -z "${2-}" ] || chown -R "$2:$2" .
}

# Makes a block, unsigned: the fields, little-endian.
expected_block() {
	printf 'ab%.0s' $(seq 48)
	printf '%s' 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f
	printf '%s' 01000000 07000000 0000030000000000
}

hex_of() {
	od -An -v -tx1 "$@" | tr -d ' \n'
}

# signature_of FILE OFFSET: the signature as DER, from both numbers of 72 bytes, little-endian.
signature_of() {
	local number

	for number in 0 72; do
		printf 'n%s=INTEGER:0x%s\n' "$number" \
			"$(hex_of -j "$(($2 + number))" -N 72 "$1" | fold -w 2 | tac | tr -d '\n')"
	done >"$work/numbers"
	{
		printf 'asn1=SEQUENCE:signature\n[signature]\n'
		cat "$work/numbers"
	} >"$work/asn1"
	openssl asn1parse -genconf "$work/asn1" -noout -out "$work/signature"
}

# verify PUBLIC OFFSET MESSAGE: the signature at that place of 'auth' is of the message
verify() {
	signature_of auth "$2"
	openssl dgst -sha384 -verify "$1" -signature "$work/signature" "$3" >"$work/out" ||
		fail "openssl does not verify the signature at $2 by $1"
}

make_both() {
	id_block make --digest "$digest" --policy 0x30000 --family-id 000102030405060708090a0b0c0d0e0f \
		--image-id EBESExQVFhcYGRobHB0eHw== --guest-svn 7 --id-key id.key --author-key author.key \
		--output block --auth-output auth
	expect_status 0
}

makes_what_openssl_verifies() {
	make_both
	expect_equal "$(hex_of block)" "$(expected_block)"
	expect_equal "$(stat -c %s auth)" 4096
	expect_equal "$(stat -c %a block auth | tr '\n' ' ')" '600 600 '
	verify id.pub $((0x40)) block
	tail -c +$((0x240 + 1)) auth | head -c $((0x404)) >id.bin
	verify author.pub $((0x680)) id.bin
	id_block show block auth
	expect_status 0
	expect_out "id_key_digest           $(openssl dgst -sha384 -r id.bin | cut -d ' ' -f 1)"
	expect_out 'author_key              yes'
}

test_makes_a_block_that_openssl_verifies() {
	make_keys "$work/keys"
	makes_what_openssl_verifies
}

test_makes_a_block_as_a_user() {
	become_user
	make_keys "$work/user/keys" 65534
	makes_what_openssl_verifies
}

# Root's files are opened where the command line names them, in whichever way.
test_takes_files_behind_an_equals_sign() {
	make_keys "$work/keys"
	id_block make "--digest=$digest" --policy=0x30000 --id-key=id.key --author-key=author.key \
		--output=block --auth-output=auth
	expect_status 0
	id_block check block auth --id-key=id.pub --author-key=author.pub
	expect_status 0
}

test_assembles_signatures_of_others() {
	make_keys "$work/keys"
	make_both
	id_block request --digest "$digest" --policy 0x30000 --output block --id-key id.pub \
		--auth-output id.bin
	expect_status 0
	expect_equal "$(stat -c %s block id.bin | tr '\n' ' ')" '96 1028 '
	openssl dgst -sha384 -sign id.key -out block.sig block
	openssl dgst -sha384 -sign author.key -out id.sig id.bin
	id_block assemble block --id-key id.pub --id-signature block.sig --author-key author.pub \
		--author-signature id.sig --auth-output auth
	expect_status 0
	id_block check block auth --digest "$digest" --policy 196608 --id-key id.pub \
		--author-key author.pub
	expect_status 0
	expect_equal "$(grep -c ' ok$' "$work/out")" 5 'checks'
	id_block assemble block --id-key id.pub --id-signature id.sig --auth-output none
	expect 1 'signature of the ID block by the ID key'
	[ ! -e none ] || fail 'something was written'
}

test_names_what_a_check_finds_wrong() {
	make_keys "$work/keys"
	make_both
	id_block check block auth --digest "${digest/ab/ac}" --policy 0xb0000 --id-key other.pub
	expect 1 '3 of 4 checks went wrong'
	expect_out 'signatures     ok'
	expect_out 'policy         wrong  is 0x30000, not 0xb0000'
	expect_out "launch_digest  wrong  is $digest, not ac"
	expect_out 'id_key         wrong  is another key'
	id_block check block auth --guest-svn 11
	expect_out 'guest_svn   wrong  is 7, not 11'
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output block --auth-output auth
	id_block check block auth --author-key author.pub
	expect 1 '1 of 2 checks went wrong'
	expect_out 'author_key  wrong  there is none: no author has signed the ID key'
	printf '\001' | dd of=block bs=1 seek=50 conv=notrunc 2>/dev/null
	printf '\377' | dd of=block bs=1 seek=51 conv=notrunc 2>/dev/null
	id_block check --json block auth
	expect_status 1
	expect_out '"result":"wrong"'
	expect_out 'signature of the ID block by the ID key'
}

test_takes_passphrases_from_standard_input() {
	make_keys "$work/keys"
	id_block make --digest "$digest" --policy 0x30000 --id-key locked.key --output block \
		--auth-output auth
	expect 64 "key 'locked.key': it is encrypted"
	expect_equal "$(find block auth 2>/dev/null)" ''
	# Each key takes one line.
	printf 'secret\nsecret' | "$SNPLAUNCH" id-block make --digest "$digest" --policy 0x30000 \
		--id-key locked.key --author-key locked.key --passphrase-stdin --output block \
		--auth-output auth >"$work/out" 2>"$work/err" || fail 'the passphrases were not taken'
	echo wrong | "$SNPLAUNCH" id-block make --digest "$digest" --policy 0x30000 \
		--id-key locked.key --passphrase-stdin --output block \
		--auth-output auth >"$work/out" 2>"$work/err"
	status=$?
	expect 66 'cannot be decrypted with this passphrase'
	! grep -q 'wrong' "$work/err" || fail 'the passphrase was printed'
}

test_asks_a_terminal_for_a_passphrase() {
	needs_program script
	make_keys "$work/keys"
	mkfifo typed
	script -qec "'$SNPLAUNCH' id-block make --digest $digest --policy 0x30000 --id-key locked.key \
		--output block --auth-output auth" /dev/null <typed >"$work/out" 2>&1 &
	launcher=$!
	exec 5>typed
	wait_out "passphrase of 'locked.key': "
	echo secret >&5
	wait_end
	exec 5>&-
	expect_status 0
	expect_no_out secret
	expect_equal "$(stat -c %s auth)" 4096
}

test_a_signal_ends_the_question() {
	needs_program script
	make_keys "$work/keys"
	mkfifo typed
	script -qec "'$SNPLAUNCH' id-block make --digest $digest --policy 0x30000 --id-key locked.key \
		--output block --auth-output auth" /dev/null <typed >"$work/out" 2>&1 &
	launcher=$!
	exec 5>typed
	wait_out "passphrase of 'locked.key': "
	printf '\003' >&5
	wait_end
	exec 5>&-
	expect_status 130
	expect_out 'ended by signal 2'
	expect_no_out 'there is no passphrase'
}

test_refuses_wrong_use() {
	make_keys "$work/keys"
	make_both
	id_block
	expect 64 'must be make, request, assemble, check or show'
	id_block sign
	expect 64 'id-block sign: must be make, request, assemble, check or show'
	id_block show
	expect 64 'id-block show: takes BLOCK [AUTH], not 0 files'
	id_block show block --digest "$digest"
	expect 64 "id-block show: takes no option '--digest'"
	id_block make --policy 0x30000
	expect 64 "id-block make: option '--digest' is missing"
	id_block request --digest abc --policy 0x30000 --output out
	expect 64 "option '--digest': must be 48 bytes, as 96 hexadecimal digits or in base64, not 'abc'"
	id_block request --digest "$digest" --policy 0x30000 --output out --id-key id.pub
	expect 64 "both '--id-key' and '--auth-output' are needed"
	id_block request --digest "$digest" --policy 0x8000000000030000 --output out
	expect_status 64
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output out --auth-output out
	expect 64 "must be different files"
	[ ! -e out ] || fail 'something was written'
}

test_refuses_what_is_no_block_or_key() {
	make_keys "$work/keys"
	make_both
	id_block show auth
	expect 66 "'auth': the ID block has 97 bytes or more, not 96"
	id_block show block block
	expect 66 "'block': the ID authentication information has 96 bytes, not 4096"
	id_block show nosuch
	expect 66 "'nosuch': No such file or directory"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out id.key 2>/dev/null
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output new --auth-output new2
	expect 66 "key 'id.key': the key is on the curve"
	id_block make --digest "$digest" --policy 0x30000 --id-key id.pub --output new --auth-output new2
	expect 66 "key 'id.pub': it is a public key"
	[ ! -e new ] || fail 'something was written'
}

# request and make, with a name of a key for that of an output.
test_leaves_what_it_reads_alone() {
	local before

	make_keys "$work/keys"
	ln id.key linked.key
	before=$(sha256sum ./*.key ./*.pub)
	for output in id.key author.key linked.key other.key ./id.key; do
		id_block make --digest "$digest" --policy 0x30000 --id-key id.key --author-key author.key \
			--output "$output" --auth-output auth
		expect 66 "output '$output': what is in it is not an ID block: name another file, or remove it"
		id_block make --digest "$digest" --policy 0x30000 --id-key id.key --author-key author.key \
			--output block --auth-output "$output"
		expect 66 "output '$output': what is in it is not the authentication of an ID block"
	done
	id_block request --digest "$digest" --policy 0x30000 --id-key id.pub --output id.pub \
		--auth-output id.bin
	expect 66 "output 'id.pub': what is in it is not an ID block"
	id_block request --digest "$digest" --policy 0x30000 --id-key id.pub --output block \
		--auth-output id.pub
	expect 66 "output 'id.pub': what is in it is not an ID key to sign"
	expect_equal "$(sha256sum ./*.key ./*.pub)" "$before"
	expect_equal "$(find block auth id.bin 2>/dev/null)" ''
}

# The right size alone is not enough: keys of disks, too, have 4096 bytes.
test_overwrites_only_its_own_files() {
	make_keys "$work/keys"
	make_both
	make_both
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output auth --auth-output block
	expect 66 "output 'auth': what is in it is not an ID block"
	id_block assemble block --id-key id.pub --id-signature id.pub --auth-output block
	expect_status 66
	head -c 4096 /dev/urandom >disk.key
	cp disk.key before
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output new --auth-output disk.key
	expect 66 "output 'disk.key': what is in it is not the authentication"
	cmp -s disk.key before || fail 'the key is overwritten'
	[ ! -e new ] || fail 'something was written'
	: >empty
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output empty --auth-output auth
	expect_status 0
	expect_equal "$(stat -c %s empty)" 96
}

test_writes_both_or_neither() {
	make_keys "$work/keys"
	make_both
	cp block before
	id_block make --digest "${digest/ab/ac}" --policy 0x30000 --id-key id.key --output block \
		--auth-output nowhere/auth
	expect 66 "cannot open output 'nowhere/auth': No such file or directory"
	cmp -s block before || fail 'the first output is written'
	id_block make --digest "$digest" --policy 0x30000 --id-key id.key --output same --auth-output ./same
	expect 64 "outputs 'same' and './same' must be different files"
	[ ! -s same ] || fail 'something was written'
}

tests_run
