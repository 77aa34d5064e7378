# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The real QEMU without snplaunch, on the machine that the rehearsal library plays.
# shellcheck disable=SC2034,SC2154 # set or used by the script that this is part of

library=$bin/librehearsal.so
qemu=${TEST_QEMU:-/usr/bin/qemu-system-x86_64}

# QEMU compares it with the real processor's, which is 0 where there is no SEV, and says which it is.
c_bit_position() {
	printf '{"execute":"%s"}\n' qmp_capabilities query-sev-capabilities quit |
		env LD_PRELOAD="$library" "$qemu" -nodefaults -display none -machine none \
			-accel kvm -qmp stdio 2>/dev/null |
		sed -n 's/.*"cbitpos": \([0-9]*\).*/\1/p'
}

# encrypted TYPE [PROPERTY...]: QEMU's object.
encrypted() {
	local type=$1

	shift
	printf '{"qom-type":"%s","id":"sev0","cbitpos":%d,"reduced-phys-bits":1' "$type" "$c_bit"
	[ $# -eq 0 ] || printf ',%s' "$@"
	printf '}'
}

played_machine=q35,smm=off,vmport=off,usb=off,graphics=off,confidential-guest-support=sev0
