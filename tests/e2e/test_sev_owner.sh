#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The owner of a SEV or SEV-ES guest: a session for a platform, which the real QEMU takes and the
# software AMD-SP opens; its measurement, which is verified; a secret, which that AMD-SP opens.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/played_qemu.sh
. "$(dirname "$0")/played_qemu.sh"

firmware=/usr/share/OVMF/OVMF_CODE_4M.fd

# Of a launch without a session: 1.55.39 measured an image of zeros by these keys.
known_keys='snplaunch-sev-owner-keys 1
policy 0x1
tek EBESExQVFhcYGRobHB0eHw==
tik AAECAwQFBgcICQoLDA0ODw=='

sev_owner() {
	run "$SNPLAUNCH" sev-owner "$@"
}

# The certificates of a platform, in a folder that a user may write in too.
make_platform() {
	folder=$work/owner
	mkdir "$folder"
	"$bin/tests/e2e/sev_platform" "$folder" || fail 'the certificates could not be made'
	base64 "$folder/chain" >"$folder/chain.base64"
	[ ${#prefix[@]} -eq 0 ] || chown -R 65534:65534 "$folder"
	cd "$folder" || exit 1
}

platform=(--pdh pdh --chain chain --amd-chain amd)
outputs=(--dh-cert-output dh_cert --session-output session --keys-output keys)

# make_session POLICY [OPTION...]
make_session() {
	sev_owner session "${platform[@]}" --self-owned --policy "$1" "${outputs[@]}" "${@:2}"
}

sha256() {
	sha256sum "$@" | sed 's/ .*//'
}

# The digests that name both ends of a chain.
ark_digest() {
	tail -c 832 amd | sha256
}

oca_digest() {
	tail -c +2085 chain | head -c 2084 | sha256
}

# --- Sessions ------------------------------------------------------------------------------------

makes_a_session() {
	make_platform
	make_session 5
	expect_status 0
	expect_out 'platform     verified'
	expect_out "ARK sha256   $(ark_digest), which you must compare with AMD's"
	expect_out "OCA sha256   $(oca_digest)"
	expect_out "PDH sha256   $(sha256 pdh)"
	expect_out 'policy       0x5: NODBG, ES'
	expect_equal "$(base64 -d dh_cert | wc -c)" 2084
	expect_equal "$(base64 -d session | wc -c)" 128
	expect_equal "$(stat -c %a keys)" 600
	# The keys are in their file and nowhere else.
	sed -n 's/^t[ei]k //p' keys >"$work/secrets"
	expect_equal "$(grep -c . "$work/secrets")" 2
	! grep -qF -f "$work/secrets" "$work/out" "$work/err" || fail 'keys were shown'
}

test_session_for_root() {
	needs_root
	makes_a_session
}

test_session_for_a_user() {
	become_user
	makes_a_session
}

test_session_as_json_with_both_ends_named() {
	make_platform
	sev_owner session --pdh pdh --chain chain.base64 --amd-chain amd --policy 1 "${outputs[@]}" \
		--ark-sha256 "$(ark_digest)" --oca-sha256 "$(oca_digest)" --json
	expect_status 0
	expect_out '"platform_verified":true'
	expect_out '"ark_named":true'
	expect_out '"oca_named":true'
	expect_out '"policy":"0x1"'
}

test_session_of_all_certificates_in_one_file() {
	make_platform
	cat pdh chain amd >all
	sev_owner session --pdh all --self-owned --policy 1 "${outputs[@]}"
	expect_status 0
}

test_session_leaves_files_alone() {
	make_platform
	echo old >session
	make_session 1
	expect 66 "output 'session': something is in it already"
	expect_equal "$(cat session)" old
	[ ! -s keys ] || fail 'keys were written'
	rm session
	chmod 644 keys
	make_session 1
	expect 66 "output 'keys': others than its owner may use it (mode 644)"
	chmod 600 keys
	make_session 1
	expect_status 0
	make_session 1
	expect 66 "output 'keys': something is in it already"
}

test_session_refuses_platforms() {
	make_platform
	sev_owner session "${platform[@]}" --policy 1 "${outputs[@]}"
	expect 64 "name the platform's owner with '--oca-sha256', or take any with '--self-owned'"
	make_session 1 --ark-sha256 "$(oca_digest)"
	expect 1 'platform: ARK: it has not the digest that was given'
	sev_owner session --pdh pdh --chain chain --self-owned --policy 1 "${outputs[@]}"
	expect 66 'platform: the certificate of the ASK is missing: AMD publishes it'
	printf 'x' | dd of=chain bs=1 seek=4 conv=notrunc status=none
	make_session 1
	expect 1 'platform: PEK: signature by the OCA: the signature does not verify'
	head -c 100 amd >short
	sev_owner session --pdh pdh --chain chain --amd-chain short --self-owned --policy 1 \
		"${outputs[@]}"
	expect 66 "'short': ASK: it is cut off: 100 of 832 bytes"
	[ ! -e keys ] || fail 'keys were made'
}

test_session_without_a_chain_says_so() {
	make_platform
	sev_owner session --pdh pdh --unverified --policy 0 "${outputs[@]}"
	expect_status 0
	expect_err 'the platform is not verified: whoever holds the key of this PDH can read the guest'
	expect_err 'policy 0x0 lets the host debug the guest'
	expect_out 'platform     not verified'
	sev_owner session --pdh pdh --chain chain --unverified --policy 0 "${outputs[@]}"
	expect 64 "options '--unverified' and '--chain' contradict each other"
}

test_options_of_other_actions() {
	sev_owner
	expect 64 'sev-owner does what? session, verify or secret'
	sev_owner sign
	expect 64 "sev-owner cannot do 'sign'"
	sev_owner verify --pdh x
	expect 64 "option '--pdh' is not for sev-owner verify"
	sev_owner verify --keys x
	expect 64 "sev-owner verify needs the option '--measurement'"
	make_platform
	make_session 0x40
	expect 64 "option '--policy': bits 6 to 15 of 0x40 must be 0"
	make_session 4294967296
	expect 64 "option '--policy': must be a number from 0 to 4294967295"
}

# --- Measurements and secrets that openssl made --------------------------------------------------

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

digest=$(printf '%064d' 7)
nonce=$(printf '%032d' 9)
tik=000102030405060708090a0b0c0d0e0f
tek=101112131415161718191a1b1c1d1e1f

# Fills $claim with the options of a launch that was measured so.
make_claim() {
	needs_program openssl
	mac=$(hmac "$tik" "0401372701000000$digest$nonce")
	measurement=$(bytes "$mac$nonce" | base64 -w 0)
	echo "$known_keys" >keys
	claim=(--keys keys --measurement "$measurement" --digest "$digest" --api 1.55 --build 39)
}

test_verify() {
	make_claim
	sev_owner verify "${claim[@]}"
	expect_status 0
	expect_out 'measurement  verified'
	expect_out "digest       $digest"
	expect_out 'policy       0x1'
	expect_out 'firmware     1.55.39'
	sev_owner verify "${claim[@]}" --policy 1 --json
	expect_status 0
	expect_out '"verified":true'
}

test_verify_refuses() {
	make_claim
	sev_owner verify "${claim[@]:0:8}" --build 38
	expect 1 'the measurement is not of this launch: digest, policy (0x1), firmware version or keys'
	[ ! -s "$work/out" ] || fail 'something was printed'
	sev_owner verify "${claim[@]:0:8}" --build 38 --json
	expect 1 'the measurement is not of this launch'
	expect_out '"verified":false'
	sev_owner verify "${claim[@]}" --policy 5
	expect 64 "keys 'keys': they are for policy 0x1, not 0x5"
	sev_owner verify "${claim[@]:0:6}" --api 1 --build 39
	expect 64 "option '--api': must be two numbers such as 1.55, not '1'"
	sev_owner verify "${claim[@]:0:6}" --api 1.55 --build 256
	expect 64 "option '--build': must be a number from 0 to 255, not '256'"
	sev_owner verify "${claim[@]:0:4}" --api 1.55 --build 39 --digest "${digest}0"
	expect 64 "option '--digest': must be the 64 hexadecimal digits of a SHA-256"
	sev_owner verify --keys keys --measurement "${measurement:4}" "${claim[@]:4}"
	expect 64 "option '--measurement': the measurement must be base64 of 48 bytes"
	echo more >>keys
	sev_owner verify "${claim[@]}"
	expect 66 "keys 'keys': it has more than the 4 lines of a file of keys"
	expect_no_err EBESExQV
}

# Decrypts with openssl what is in $1, and checks the header.
open_packet() {
	local header payload len

	header=$(base64 -d header | hex)
	payload=$(base64 -d payload | hex)
	len=$(printf '%02x%02x0000' $((${#payload} / 2 % 256)) $((${#payload} / 512)))
	expect_equal "${header:40}" "$(hmac "$tik" "01${header:0:40}$len$len$payload$mac")" header
	bytes "$payload" | openssl enc -d -aes-128-ctr -nopad -K "$tek" -iv "${header:8:32}"
}

secret_outputs=(--header-output header --payload-output payload)

seals_a_secret() {
	local expected

	printf 'a key of a disk' >disk-key
	make_claim
	[ ${#prefix[@]} -eq 0 ] || { chmod 777 . && chown 65534:65534 keys; }
	sev_owner secret "${claim[@]}" --secret disk-key "${secret_outputs[@]}"
	expect_status 0
	expect_out 'measurement  verified'
	expect_out 'payload      payload, 64 bytes for the guest'
	open_packet | hex >table
	# The table of 55 bytes, its entry of 35 bytes, zeros up to a multiple of 16.
	expected=42f5741edd71664d963eef4287ff173b37000000
	expected+=e5696873f084734992ec06879ce3da0b23000000
	expected+=$(printf 'a key of a disk' | hex)$(printf '%018d' 0)
	expect_equal "$(cat table)" "$expected"
}

test_secret_for_root() {
	needs_root
	seals_a_secret
}

test_secret_for_a_user() {
	become_user
	seals_a_secret
}

test_secret_as_it_is() {
	make_claim
	printf '%-48s' 'a table of its own' >table
	sev_owner secret "${claim[@]}" --secret table --raw "${secret_outputs[@]}" --json
	expect_status 0
	expect_out '"payload_bytes":48'
	expect_equal "$(open_packet)" "$(cat table)"
}

test_no_secret_for_another_launch() {
	make_claim
	echo x >disk-key
	sev_owner secret "${claim[@]:0:8}" --build 1 --secret disk-key "${secret_outputs[@]}"
	expect 1 'no secret is sealed: the measurement is not of this launch'
	[ ! -e header ] || fail 'a packet was made'
	sev_owner secret "${claim[@]}" --secret disk-key --guid 1234 "${secret_outputs[@]}"
	expect 64 "option '--guid': must be a GUID such as 736869e5-"
	head -c 16345 /dev/zero >disk-key
	sev_owner secret "${claim[@]}" --secret disk-key "${secret_outputs[@]}"
	expect 66 "secret 'disk-key': it has 16345 bytes or more, and a secret has 1 to 16344"
}

# --- A whole launch ------------------------------------------------------------------------------

# What QEMU says of the platform.
capabilities() {
	printf '{"execute":"%s"}\n' qmp_capabilities query-sev-capabilities quit |
		env LD_PRELOAD="$library" "$qemu" -nodefaults -display none -machine none \
			-accel kvm -qmp stdio 2>/dev/null
}

qemu_begins() {
	local c_bit

	c_bit=$(c_bit_position)
	mkfifo qmp_in
	env SNPLAUNCH_REHEARSAL_ACCOUNT_FD=4 LD_PRELOAD="$library" "$qemu" -no-user-config \
		-nodefaults -display none -S -qmp stdio \
		-machine "$played_machine" -cpu EPYC-Milan-v2 -smp 1 -m 256M -accel kvm \
		-object "$(encrypted sev-guest "\"policy\":$1" "\"dh-cert-file\":\"$folder/dh_cert\"" \
			"\"session-file\":\"$folder/session\"")" \
		-drive "if=pflash,format=raw,unit=0,readonly=on,file=$firmware" \
		<qmp_in >qmp 2>err 4>account &
	launcher=$!
	exec 8>qmp_in
	echo '{"execute":"qmp_capabilities"}' >&8
}

qemu_said() {
	local ended=no

	! is_gone "$launcher" || ended=yes # then all that it will ever say is there
	grep -qF -- "$1" qmp || { [ $ended = yes ] && fail "QEMU ended before it said: $1"; }
}

# ask COMMAND TEXT: until QEMU has said that.
ask() {
	echo "$1" >&8
	wait_until qemu_said "$2"
}

# told RECORD FIELD: a field of the last record of that kind in the software AMD-SP's account.
told() {
	grep "\"record\":\"$1\"" account | tail -n 1 | sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# The certificate that the platform exports is the one that the session is made for.
test_session_for_what_the_platform_exports() {
	needs_program "$qemu"
	make_platform
	capabilities | sed -n 's/.*"pdh": "\([^"]*\)".*/\1/p' >exported
	[ -s exported ] || fail 'QEMU exported nothing'
	sev_owner session --pdh exported --unverified --policy 1 "${outputs[@]}"
	expect_status 0
	expect_equal "$(base64 -d exported | head -c 1044 | sha256)" "$(head -c 1044 pdh | sha256)"
}

launches_with_the_owner() {
	local measured

	[ -f "$firmware" ] || skip "Debian's ovmf is not installed"
	needs_program "$qemu"
	make_platform
	make_session "$1"
	expect_status 0
	qemu_begins "$1"
	ask '{"execute":"query-sev-launch-measure"}' '"data":'
	measured=$(sed -n 's/.*"data": "\([^"]*\)".*/\1/p' qmp)
	claim=(--keys keys --measurement "$measured" --digest "$(told measure digest)"
		--api 1.55 --build 39)
	sev_owner verify "${claim[@]}"
	expect_status 0
	printf 'a secret of the owner' >secret
	sev_owner secret "${claim[@]}" --secret secret "${secret_outputs[@]}"
	expect_status 0
	ask '{"execute":"sev-inject-launch-secret","arguments":{"gpa":65536,"packet-header":"'"$(
		cat header)"'","secret":"'"$(cat payload)"'"}}' '"return": {}'
	wait_until grep -q '"record":"secret"' account
	expect_equal "$(told secret len)" 64
	expect_equal "$(told start session)" true
	ask '{"execute":"cont"}' '"RESUME"'
	expect_equal "$(told finish policy)" "0x$1"
	ask '{"execute":"quit"}' '"SHUTDOWN"'
	exec 8>&-
	wait_end
	expect_status 0
}

test_launch_of_sev() {
	launches_with_the_owner 1
}

test_launch_of_sev_es() {
	launches_with_the_owner 5
}

test_session_of_another_policy_is_refused_by_the_firmware() {
	[ -f "$firmware" ] || skip "Debian's ovmf is not installed"
	needs_program "$qemu"
	make_platform
	make_session 5
	expect_status 0
	qemu_begins 1
	exec 8>&-
	wait_end
	expect_status 1
	grep -q 'fw_error=11' err || fail 'the session was not refused'
}

tests_run
