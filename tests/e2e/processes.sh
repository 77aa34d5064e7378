# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a process of a guest is, as the kernel sees it, in lines to compare; needs lib.sh and $launcher,
# and in $user the number of the user who started it.
# shellcheck disable=SC2154

# What the process has from whoever started the launcher is not ours to decide. 'Zero' always is.
show_status() {
	local name value

	while read -r name value; do
		value=$(tr -s '\t ' ' ' <<<"$value" | sed 's/ $//')
		case $name in
		Cap*)
			[[ ! $value =~ [1-9a-f] || $value != "$(own_status "$name")" ]] ||
				value='as started'
			;;
		SigIgn:) [ "$1" != "$launcher" ] || value='as started, and more' ;;
		Uid: | Gid:) value=$(show_user "$value") ;;
		esac
		echo "$name${value:+ $value}"
	done < <(grep -E '^(Uid|Gid|Groups|Cap[A-Z][a-z]+|NoNewPrivs|Seccomp|Seccomp_filters|SigIgn):' "/proc/$1/status")
}

# show_user TEXT: a normal user's number is another one elsewhere.
show_user() {
	printf '%s\n' "$1" | sed "s/\b$user\b/user/g"
}

own_status() {
	sed -n "s/^$1[[:space:]]*//p" /proc/self/status
}

# Whether others of the same user may trace it and read its memory: the kernel gives its files to
# root where they may not.
show_dumpable() {
	echo "files in /proc: $(show_user "$(stat -c %u "/proc/$1/environ")")"
}

# Those that differ from the test's own, which the launcher started with.
show_limits() {
	comm -13 <(sort /proc/self/limits) <(sort "/proc/$1/limits") | tr -s ' ' |
		sed 's/ $//; s/^/limit: /'
}

show_namespaces() {
	local kind own=()

	for kind in cgroup ipc mnt net pid time user uts; do
		[ "$(readlink "/proc/$1/ns/$kind")" = "$(readlink "/proc/$launcher/ns/$kind")" ] ||
			own+=("$kind")
	done
	echo "namespaces of its own: ${own[*]:-none}"
}

# Where, how and what; from which disk, and with which options of its own, is the machine's business.
show_mounts() {
	if [ "$(readlink "/proc/$1/ns/mnt")" = "$(readlink "/proc/$launcher/ns/mnt")" ]; then
		echo "mounts: the launcher's"
		return
	fi
	awk '{
		n = split($6, options, ",")
		kept = ""
		for (i = 1; i <= n; i++)
			if (options[i] ~ /^(ro|rw|nosuid|nodev|noexec|nosymfollow)$/)
				kept = kept "," options[i]
		for (i = 7; $i != "-"; i++)
			;
		type = $(i + 1) ~ /^(tmpfs|proc)$/ ? $(i + 1) : "disk"
		print "mount: " $5 " " substr(kept, 2) " " type
	}' "/proc/$1/mountinfo"
}

show_descriptors() {
	local fd access

	for fd in $(find "/proc/$1/fd" -mindepth 1 -printf '%f\n' | sort -n); do
		access=$(sed -n 's/^flags:[[:space:]]*[0-7]*\([0-7]\)$/\1/p' "/proc/$1/fdinfo/$fd")
		case $((access & 3)) in
		0) access=r ;;
		1) access=w ;;
		2) access=rw ;;
		esac
		echo "descriptor $fd: $(readlink "/proc/$1/fd/$fd" | sed "s/:\[[0-9]*\]$//
			s/ (deleted)$//; s|^$fake$|FAKE|; s|^${SNPLAUNCH%/*}/|BIN/|; s|^$runtime|RUNTIME|; s|^$work|WORK|") $access"
	done
}

show_process() {
	echo "== $1"
	show_status "$2"
	show_dumpable "$2"
	show_limits "$2"
	show_namespaces "$2"
	echo "root: $(readlink "/proc/$2/root"), working directory: $(readlink "/proc/$2/cwd")"
	show_mounts "$2"
	show_descriptors "$2"
}
