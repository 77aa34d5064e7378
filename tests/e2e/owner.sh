# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The guest owner's half, by openssl: what SEV's firmware authenticates and decrypts, and ID blocks.

# The keys of a launch without a session.
tik=000102030405060708090a0b0c0d0e0f
tek=101112131415161718191a1b1c1d1e1f

bytes() {
	# shellcheck disable=SC2001,SC2059 # the format is the bytes, two digits each
	printf "$(sed 's/../\\x&/g' <<<"$1")"
}

hex() {
	od -An -v -tx1 | tr -d ' \n'
}

hmac() {
	bytes "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" | sed 's/.* //'
}

# make_packet TEXT MEASUREMENT: a secret of 32 bytes in $packet, and its $header.
make_packet() {
	local iv=202122232425262728292a2b2c2d2e2f

	packet=$(printf '%-32s' "$1" | openssl enc -aes-128-ctr -nopad -K "$tek" -iv "$iv" | hex)
	header=00000000$iv
	header+=$(hmac "$tik" "01${header}2000000020000000$packet${2:0:64}")
}

zeros() {
	printf '%0*d' $((2 * $1)) 0
}

# A big-endian number as the firmware's structures have it.
number() {
	printf '%96s' "$1" | tr ' ' 0 | fold -w 2 | tac | tr -d '\n'
	zeros 24
}

# id_block DIGEST POLICY: fills $block and $auth. The key is made for it.
id_block() {
	local point signature

	openssl ecparam -name secp384r1 -genkey -noout -out key.pem
	point=$(openssl ec -in key.pem -pubout -outform DER 2>/dev/null | tail -c 96 | hex)
	block=$1$(zeros 32)0100000000000000$2
	signature=$(bytes "$block" | openssl dgst -sha384 -sign key.pem |
		openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p')
	auth=01000000$(zeros 60)$(number "${signature%%$'\n'*}")$(number "${signature##*$'\n'}")$(zeros 368)
	auth+=02000000$(number "${point:0:96}")$(number "${point:96}")$(zeros 880)$(zeros 2492)
}
