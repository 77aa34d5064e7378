# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Attestation reports, signed under a chain of certificates that is AMD's but for the keys. Who reads
# this sets $chain, the folder of that chain.
# shellcheck disable=SC2154

pss=(-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48)

# issue NAME SUBJECT KEY ISSUER_NAME EXTENSIONS: NAME.pem, signed by ISSUER_NAME.key
issue() {
	openssl req -new -key "$3" -subj "/CN=$2" -out "$1.csr"
	if [ "$1" = "$4" ]; then
		openssl x509 -req -in "$1.csr" -signkey "$1.key" -extfile "$5" "${pss[@]}" -days 2 \
			-out "$1.pem"
	else
		openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial \
			-extfile "$5" "${pss[@]}" -days 2 -out "$1.pem"
	fi 2>/dev/null
}

repeat() {
	printf "$1%.0s" $(seq "$2")
}

# The extensions of a VCEK of a Genoa: boot loader 10, TEE 0, SNP 23, microcode 84; the chip 1a1a...
write_vcek_extensions() {
	local oid=1.3.6.1.4.1.3704.1

	cat >vcek.ext <<-END
		$oid.1=DER:020100
		$oid.2=DER:160547656e6f61
		$oid.3.1=DER:02010a
		$oid.3.2=DER:020100
		$oid.3.3=DER:020117
		$oid.3.8=DER:020154
		$oid.4=DER:$(repeat 1a 64)
	END
}

make_chain() {
	cd "$chain" || return 1
	echo 'basicConstraints=critical,CA:TRUE' >ca.ext
	write_vcek_extensions
	for name in ark ask; do
		openssl genrsa -out "$name.key" 4096 2>/dev/null
	done
	for name in vcek other; do
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$name.key" 2>/dev/null
	done
	issue ark ARK-Genoa ark.key ark ca.ext
	issue ask SEV-Genoa ask.key ark ca.ext
	issue vcek SEV-VCEK vcek.key ask vcek.ext
	cat ask.pem ark.pem >cert_chain
	openssl x509 -in vcek.pem -outform DER -out vcek.der
	chmod -R a+rX .
}

# Made once, because RSA keys take long.
use_chain() {
	needs_program openssl
	[ -s "$chain/cert_chain" ] || fail 'there is no chain: openssl made none'
	cp "$chain"/* .
}

# put FILE OFFSET HEX...
put() {
	local file=$1 offset=$2

	shift 2
	printf '%b' "$(printf '%s' "$@" | sed 's/../\\x&/g')" |
		dd of="$file" bs=1 seek="$offset" conv=notrunc 2>/dev/null
}

# A report of version 3 of a Genoa, unsigned.
make_report() {
	head -c 1184 /dev/zero >r
	put r 0 03000000 0b000000 00000b0000000000
	put r $((0x30)) 01000000 01000000
	put r $((0x38)) 0a00000000001754 2100000000000000
	put r $((0x50)) "$(repeat 50 64)" "$(repeat 90 48)" "$(repeat c0 32)" "$(repeat e0 48)"
	put r $((0x180)) 0a00000000001754 191101
	put r $((0x1a0)) "$(repeat 1a 64)"
	put r $((0x1e0)) 0a00000000001754 15370100 14360100 0a00000000001754
}

# Numbers of an ECDSA signature, little-endian in 72 bytes.
# sign_report [KEY]
# shellcheck disable=SC2120 # who reads this gives one
sign_report() {
	local offset=$((0x2a0)) number

	head -c "$offset" r | openssl dgst -sha384 -sign "${1:-vcek.key}" -out der
	for number in $(openssl asn1parse -inform DER -in der | sed -n 's/.*INTEGER *:0*//p'); do
		[ $((${#number} % 2)) -eq 0 ] || number=0$number
		put r "$offset" "$(fold -w 2 <<<"$number" | tac | tr -d '\n')"
		offset=$((offset + 72))
	done
}

make_signed() {
	use_chain
	make_report
	sign_report vcek.key
}
