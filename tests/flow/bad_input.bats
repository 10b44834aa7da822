# SPDX-License-Identifier: Apache-2.0
# What must be refused: each with its exit code, one sentence with the next step, the same facts in JSON, and no byte written.
load helpers
load jobs

MIB=1048576

# Blanks and line ends alike, and every number an N, so that wrapped text compares with the sentence it was made from.
flat() {
	tr -s '[:space:]' ' ' | sed 's/[0-9]\+/N/g'
}

# refused EXIT SLUG NAMED ARG...: said as text and as JSON alike, naming NAMED; nothing is written to any medium of this test.
refused() {
	local images=("$SCRATCH"/medium-*) said fact
	[ ! -e "${images[0]}" ] || remember "${images[@]}"
	cw "${@:4}"
	exits "$1"
	said=$(printf '%s\n%s\n' "$output" "$stderr" | flat)
	cw "${@:4}" --json
	exits "$1"
	json '(.error // .results[0].error) | .exit == $exit and .code == $slug and (.message | contains($named) and test("[.]$"))' \
		--argjson exit "$1" --arg slug "$2" --arg named "$3"
	json '(.error // .results[0].error).hint | length > 0'
	json '.results // [] | all(.type != "destruction-certificate")'
	for fact in message hint; do
		[[ $said = *"$(value "(.error // .results[0].error).$fact" | flat | sed 's/ $//')"* ]] || { echo "the text lacks: $fact"; return 1; }
	done
	[[ $said != *$'\033'* ]]
	[ ! -e "${images[0]}" ] || is_untouched
}

# wipe_refused EXIT SLUG DEV [OPTION...]: a wipe that is authorised and allowed but for what is wrong.
wipe_refused() {
	refused "$1" "$2" "${NAMED:-$3}" wipe "$3" --policy lab --authorise "$(list_of "$3")" "${@:4}"
}

# usage_error NAMED ARG...
usage_error() {
	refused 2 usage "$@"
}

# hold DEV: another process has it for itself.
hold() {
	in_background python3 -c 'import os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
open(sys.argv[2], "w")
time.sleep(600)' "$1" "$SCRATCH/ready"
}

# in_background COMMAND...: until it has made $SCRATCH/ready.
in_background() {
	rm -f "$SCRATCH/ready"
	"$@" 3>&- &
	HOLDER=$!
	wait_until 30 test -e "$SCRATCH/ready"
}

let_go() {
	kill "$HOLDER"
	wait "$HOLDER" || :
	HOLDER=
	wait_free "$1"
}

# ext4_on DEV: small, and quiet while it is mounted.
ext4_on() {
	mkfs.ext4 -q -O ^has_journal -E lazy_itable_init=0 "$1"
}

# state_on_disk BYTES: the state directory gets a file system of its own, that can be filled and made read-only.
state_on_disk() {
	local image=$SCRATCH/disk.img
	truncate -s "$1" "$image"
	ext4_on "$image"
	mount_at "$(loop_attach "$image")" "$SCRATCH/disk"
	chmod 755 "$SCRATCH/disk"
	STATE=$SCRATCH/disk/state
}

# policy_file NAME [SED SCRIPT]: the policy lab, changed, under another name, where the station looks for its own.
policy_file() {
	mkdir -p "$STATE/policy"
	sed -e "s/^id = lab/id = $1/" -e "${2:-}" "$ROOT/share/policy/lab.policy" >"$STATE/policy/$1.policy"
	echo "$STATE/policy/$1.policy"
}

csv() {
	printf '%s\n' "$@" >"$SCRATCH/list.csv"
}

# ---- media ----

@test "a mounted medium is in use: 5; released it is wiped" {
	loop=$(loop_new $((4 * MIB)))
	state_new
	ext4_on "$loop"
	mount_at "$loop" "$SCRATCH/mnt"
	echo "still needed" >"$SCRATCH/mnt/file"
	sync -f "$SCRATCH/mnt/file"
	wipe_refused 5 busy "$loop"
	json '.results[0].error.hint | contains("umount")'
	cw list --all --json
	json ".media[] | select(.node == \"$loop\") | .state == \"in-use\""
	umount "$SCRATCH/mnt"
	wait_free "$loop"
	wipe_listed "$loop"
	exits 0
}

@test "a medium mounted in another mount namespace is in use: 5" {
	loop=$(loop_new $((4 * MIB)))
	state_new
	ext4_on "$loop"
	mkdir "$SCRATCH/mnt"
	in_background unshare --mount --propagation private sh -c "mount -o ro $loop $SCRATCH/mnt && : >$SCRATCH/ready && exec sleep 600"
	run ! mountpoint -q "$SCRATCH/mnt"
	wipe_refused 5 busy "$loop"
	let_go "$loop"
}

@test "a medium that another process holds for itself is in use: 5" {
	loop=$(loop_new $MIB)
	state_new
	hold "$loop"
	wipe_refused 5 busy "$loop"
	let_go "$loop"
	wipe_listed "$loop"
	exits 0
}

@test "a medium with a file on it that is attached as a loop device is in use: 5, even when it looks unmounted" {
	outer=$(loop_new $((16 * MIB)))
	state_new
	ext4_on "$outer"
	mount_at "$outer" "$SCRATCH/mnt"
	truncate -s 4M "$SCRATCH/mnt/image"
	ext4_on "$SCRATCH/mnt/image"
	inner=$(loop_attach "$SCRATCH/mnt/image")
	mount_at "$inner" "$SCRATCH/inner" -o ro
	sync -f "$SCRATCH/mnt/image"
	wipe_refused 5 busy "$outer"
	wipe_refused 5 busy "$inner"
	umount --lazy "$SCRATCH/mnt"
	wipe_refused 5 busy "$outer"
	umount "$SCRATCH/inner"
	losetup -d "$inner"
	wait_free "$outer"
}

@test "the medium of the state directory is a system medium: 3, also through an image file on it" {
	truncate -s 32M "$SCRATCH/outer.img"
	ext4_on "$SCRATCH/outer.img"
	outer=$(loop_attach "$SCRATCH/outer.img")
	mount_at "$outer" "$SCRATCH/outer"
	truncate -s 16M "$SCRATCH/outer/inner.img"
	ext4_on "$SCRATCH/outer/inner.img"
	inner=$(loop_attach "$SCRATCH/outer/inner.img")
	mount_at "$inner" "$SCRATCH/inner"
	chmod 755 "$SCRATCH/inner"
	STATE=$SCRATCH/inner/state
	state_new
	for loop in "$inner" "$outer"; do
		wipe_refused 3 system-medium "$loop"
		cw list --all --json
		json ".media[] | select(.node == \"$loop\") | .state == \"system\" and (.why | length > 0)"
	done
	# Nothing but the state directory's own files may have changed.
	umount "$SCRATCH/inner"
	wait_free "$inner"
	e2fsck -fn "$inner"
}

@test "the disk of the running system is a system medium: 3" {
	cw list --all --json
	exits 0
	system=$(value '[.media[] | select(.state == "system") | .node][0] // ""')
	[ -n "$system" ] || skip "this machine runs from no medium of its own"
	# Without a list and a terminal nothing could start even if the refusal were broken.
	refused 3 system-medium "$system" wipe "$system"
	refused 3 system-medium "$system" plan "$system"
}

@test "a partition is refused with the name of its medium: 3; what is mounted from it makes the medium busy: 5" {
	loop=$(loop_new $((8 * MIB)))
	state_new
	echo 'start=2048, type=83' | sfdisk --quiet --no-reread "$loop"
	partx --add "$loop" || :
	[ -b "${loop}p1" ] || skip "this kernel makes no partition nodes for loop devices; the unit tests have some"
	list=$(list_of "$loop")
	refused 3 partition "$loop" wipe "${loop}p1" --policy lab --authorise "$list"
	refused 3 partition "$loop" plan "${loop}p1" --policy lab
	ext4_on "${loop}p1"
	mount_at "${loop}p1" "$SCRATCH/mnt"
	wipe_refused 5 busy "$loop"
	umount "$SCRATCH/mnt"
	wait_free "$loop"
	wipe_listed "$loop"
	exits 0
	partx --delete "$loop"
}

@test "what is no block device is refused: 3" {
	loop=$(loop_new $MIB)
	image=$(loop_file "$loop")
	state_new
	mkfifo "$SCRATCH/fifo"
	for named in "$image" "$SCRATCH" /dev/null /dev/zero "$SCRATCH/fifo"; do
		refused 3 not-a-medium "$named" wipe "$named" --policy lab
	done
	cw wipe "$image" --policy lab --json
	json ".results[0].error.hint | contains(\"$loop\")"
}

@test "what is not there is not found: 4" {
	state_new
	ln -s /dev/certwipe-no-such-medium "$SCRATCH/dangling"
	for named in /dev/certwipe-no-such-medium "$SCRATCH/dangling" "$SCRATCH/nothing" usb-No_Such_Stick-0:0 NOSUCHSERIAL; do
		refused 4 not-found "$named" wipe "$named" --policy lab
		refused 4 not-found "$named" plan "$named" --policy lab
		refused 4 not-found "$named" inspect "$named"
	done
}

@test "a read-only medium is refused: 3" {
	image=$(mktemp "$SCRATCH/medium-XXXXXX")
	truncate -s $MIB "$image"
	loop=$(loop_attach "$image" 512 --read-only)
	state_new
	wipe_refused 3 read-only "$loop"
}

@test "a medium without a single sector is refused: 3" {
	loop=$(loop_attach "$(mktemp "$SCRATCH/medium-XXXXXX")")
	state_new
	wipe_refused 3 no-medium "$loop"
}

# loop_number ADD|REMOVE N: makes or takes away a loop device that nobody else would be given.
loop_number() {
	python3 -c 'import fcntl, sys; fcntl.ioctl(open("/dev/loop-control"), {"ADD": 0x4C80, "REMOVE": 0x4C81}[sys.argv[1]], int(sys.argv[2]))' "$@"
}

@test "a device node to which nothing is attached is not found: 4" {
	state_new
	number=$((1000 + RANDOM))
	loop_number ADD $number
	wait_until 10 test -b /dev/loop$number
	run refused 4 not-found /dev/loop$number wipe /dev/loop$number --policy lab
	loop_number REMOVE $number
	echo "$output"
	[ "$status" = 0 ]
	mknod "$SCRATCH/left-over" b 7 $number
	refused 4 not-found "$SCRATCH/left-over" wipe "$SCRATCH/left-over" --policy lab
}

# ---- what is asked for ----

@test "an unknown policy, scheme, technique, level or way to verify is a usage error: 2" {
	loop=$(loop_new $MIB)
	state_new
	list=$(list_of "$loop")
	for command in "wipe $loop --authorise $list" "plan $loop"; do
		{
			refused 2 no-such-file shiny $command --policy shiny
			refused 2 usage ../lab $command --policy ../lab
			refused 2 usage shiny $command --policy lab --scheme shiny
			refused 2 usage shiny $command --policy lab --technique shiny
			refused 2 usage shiny $command --policy lab --level shiny
			refused 2 usage shiny $command --policy lab --verify shiny
		}
	done
}

@test "a level that no plan can reach is refused, not lowered: 3" {
	loop=$(loop_new $MIB)
	state_new
	wipe_refused 3 policy "$loop" --level purge
}

@test "a policy file with an unknown key, or one that lacks one, is refused with file and line: 2" {
	loop=$(loop_new $MIB)
	state_new
	file=$(policy_file mine '/^sampling/a shiny = yes')
	line=$(grep -n shiny "$file" | cut -d: -f1)
	for command in "policy check $file" "policy show mine" "plan $loop --policy mine" "wipe $loop --policy mine --authorise $(list_of "$loop")"; do
		refused 2 bad-syntax "$file" $command
		json "(.error // .results[0].error).message | test(\":$line:|line $line\")"
	done
	file=$(policy_file mine '/^sampling/d')
	refused 2 bad-syntax "$file" plan "$loop" --policy mine
	file=$(policy_file mine 's/^virtual-media = yes/virtual-media = maybe/')
	refused 2 bad-syntax "$file" plan "$loop" --policy mine
}

@test "a case file with an unknown key or a bad word is refused with file and line: 2" {
	loop=$(loop_new $MIB)
	state_new
	printf '# why\n[case]\nunit = Ethics Office\nshiny = yes\n' >"$SCRATCH/case"
	NAMED=$SCRATCH/case wipe_refused 2 bad-syntax "$loop" --case "$SCRATCH/case"
	json '.error.message | test(":4:|line 4")'
	refused 2 bad-syntax "$SCRATCH/case" case show "$SCRATCH/case"
	printf '[case]\npersonalData = perhaps\n' >"$SCRATCH/case"
	NAMED=$SCRATCH/case wipe_refused 2 bad-syntax "$loop" --case "$SCRATCH/case"
	json '.error.message | test(":2:|line 2")'
	NAMED=$SCRATCH/nothing wipe_refused 2 no-such-file "$loop" --case "$SCRATCH/nothing"
}

@test "a case without a field that the policy demands is refused: 8" {
	loop=$(loop_new $MIB)
	state_new
	policy_file strict 's/^mandatory =.*/mandatory = unit custodian/' >/dev/null
	list=$(list_of "$loop")
	refused 8 case-incomplete unit wipe "$loop" --policy strict --authorise "$list"
	printf '[case]\nunit = Ethics Office\n' >"$SCRATCH/case"
	refused 8 case-incomplete custodian wipe "$loop" --policy strict --authorise "$list" --case "$SCRATCH/case"
	echo "custodian = Lin" >>"$SCRATCH/case"
	cw wipe "$loop" --policy strict --authorise "$list" --case "$SCRATCH/case"
	exits 0
}

# ---- plans ----

@test "a plan is for the medium that it was made for, at the size that it had: else 4" {
	first=$(loop_new $MIB)
	second=$(loop_new $MIB)
	state_new
	cw plan "$first" --policy lab --out "$SCRATCH/plan"
	exits 0
	list=$(list_of "$first" "$second")
	refused 4 identity-changed "$second" wipe "$second" --plan "$SCRATCH/plan" --authorise "$list"
	truncate -s 2M "$(loop_file "$first")"
	losetup --set-capacity "$first"
	refused 4 identity-changed "$first" wipe "$first" --plan "$SCRATCH/plan" --authorise "$list"
	cw plan "$first" --policy lab --out "$SCRATCH/new-plan"
	cw wipe "$first" --plan "$SCRATCH/new-plan" --authorise "$list"
	exits 0
}

# altered FILTER EXIT SLUG NAMED: a wipe by a plan that jq changed, and that is canonical all the same.
altered() {
	jq --compact-output --join-output --sort-keys "$1" "$SCRATCH/plan" >"$SCRATCH/altered"
	refused "$2" "$3" "$4" wipe "$loop" --plan "$SCRATCH/altered" --authorise "$list"
}

@test "a plan that was altered is refused" {
	loop=$(loop_new $MIB)
	list=$(list_of "$loop")
	state_new
	cw plan "$loop" --policy lab --out "$SCRATCH/plan"
	altered '.level = "purge"' 4 identity-changed "$loop"
	altered '.identitySha256 = ("0" * 64)' 4 identity-changed "$loop"
	altered '.sizeBytes = 512' 4 identity-changed "$loop"
	altered '.scheme = "nist-clear"' 10 invalid steps
	altered '.caveats = []' 4 identity-changed "$loop"
	altered '.steps |= .[0:1]' 10 invalid steps
	altered '.passes = 0' 10 invalid passes
	altered '.shiny = 1' 10 invalid plan
	altered 'del(.policySha256)' 10 invalid policySha256
	jq --compact-output --join-output --sort-keys . "$SCRATCH/plan" >"$SCRATCH/altered"
	cw wipe "$loop" --plan "$SCRATCH/altered" --authorise "$list"
	exits 0
}

@test "a file that is no plan is refused by its name" {
	loop=$(loop_new $MIB)
	list=$(list_of "$loop")
	state_new
	head -c 200 "$ROOT/share/schema/evidence-1.schema.json" >"$SCRATCH/cut"
	: >"$SCRATCH/empty"
	echo '[1, 2]' >"$SCRATCH/other"
	for file in cut empty other; do
		refused 10 invalid "$SCRATCH/$file" wipe "$loop" --plan "$SCRATCH/$file" --authorise "$list"
	done
	refused 2 no-such-file "$SCRATCH/nothing" wipe "$loop" --plan "$SCRATCH/nothing" --authorise "$list"
}

# ---- authorisation ----

@test "without a terminal and without a list nothing is wiped: 8" {
	loop=$(loop_new $MIB)
	state_new
	refused 8 unauthorised terminal wipe "$loop" --policy lab
	run --separate-stderr "$CERTWIPE_BIN" wipe "$loop" --policy lab --state "$STATE" <<<"$(loop_file "$loop")"
	exits 8
	is_untouched
}

@test "a medium that is not on the list is refused: 8, with a signed report" {
	loop=$(loop_new $MIB)
	other=$(loop_new $MIB)
	state_new
	refused 8 unauthorised "$loop" wipe "$loop" --policy lab --authorise "$(list_of "$other")"
	json '.results[0].type == "destruction-report"'
	report=$(certificate_of)
	lab_verify "$report"
	exits 7
	cw jobs --json
	json '.jobs == []'
	cw register check
	exits 0
	cw register list --json
	json '[.answer[].kind] | length > 0 and all(. != "started")'
	# A list names media in full: neither the end of a serial number nor one that is longer will do.
	image=$(loop_file "$loop")
	for serial in "${image: -6}" "$image " "${image%?}" "$image/" "${image^^}"; do
		csv "serial,approval_number" "$serial,A-1"
		cw wipe "$loop" --policy lab --authorise "$SCRATCH/list.csv"
		exits 8
		is_untouched
	done
}

@test "a list that names a medium twice is refused: 8" {
	loop=$(loop_new $MIB)
	state_new
	image=$(loop_file "$loop")
	csv "serial,approval_number" "$image,A-1" "OTHER,A-2" "$image,A-3"
	refused 8 unauthorised "$image" wipe "$loop" --policy lab --authorise "$SCRATCH/list.csv"
	csv "asset_tag,serial,approval_number" "T-1,$image,A-1" "T-1,OTHER,A-2"
	refused 8 unauthorised "T-1" wipe "$loop" --policy lab --authorise "$SCRATCH/list.csv"
}

@test "a list that is empty, cut or without its columns is refused" {
	loop=$(loop_new $MIB)
	state_new
	image=$(loop_file "$loop")
	bad_list() {
		refused "$1" "$2" "$SCRATCH/list.csv" wipe "$loop" --policy lab --authorise "$SCRATCH/list.csv"
	}
	: >"$SCRATCH/list.csv"
	cw wipe "$loop" --policy lab --authorise "$SCRATCH/list.csv" --json
	[[ $status = 2 || $status = 8 ]]
	bad_list "$status" "$(value .error.code)"
	csv "serial,approval_number"
	bad_list 8 unauthorised
	csv "name,number" "$image,A-1"
	bad_list 2 bad-syntax
	csv "serial" "$image"
	bad_list 2 bad-syntax
	csv "serial,approval_number" ",A-1"
	bad_list 2 bad-syntax
	csv "serial,approval_number" "$image"
	bad_list 2 bad-syntax
	csv "serial,approval_number" "\"$image,A-1"
	bad_list 2 bad-syntax
	csv "serial,serial,approval_number" "X,$image,A-1"
	bad_list 2 bad-syntax
	head -c 4096 /dev/urandom >"$SCRATCH/list.csv"
	bad_list 2 bad-syntax
	rm "$SCRATCH/list.csv"
	bad_list 2 no-such-file
}

@test "a case that contradicts the list is refused: 8" {
	loop=$(loop_new $MIB)
	state_new
	printf '[case]\napprovalNumber = B-9\n' >"$SCRATCH/case"
	NAMED=B-9 wipe_refused 8 unauthorised "$loop" --case "$SCRATCH/case"
}

@test "a virtual medium is wiped under the policy lab only: 3" {
	loop=$(loop_new $MIB)
	state_new
	list=$(list_of "$loop")
	refused 3 virtual-medium "$loop" wipe "$loop" --authorise "$list"
	for policy in default nist-800-88r1 ism; do
		refused 3 virtual-medium "$loop" wipe "$loop" --authorise "$list" --policy $policy
	done
}

# ---- state directory ----

@test "a state directory without room, or on a read-only file system: 3" {
	loop=$(loop_new $MIB)
	state_on_disk $((16 * MIB))
	state_new
	dd if=/dev/zero of="$SCRATCH/disk/filler" bs=64k status=none 2>/dev/null || :
	refused 3 state-directory "state directory" wipe "$loop" --policy lab --authorise "$(list_of "$loop")"
	rm "$SCRATCH/disk/filler"
	mount -o remount,ro "$SCRATCH/disk"
	refused 3 state-directory "read-only" wipe "$loop" --policy lab --authorise "$(list_of "$loop")"
	mount -o remount,rw "$SCRATCH/disk"
	wipe_listed "$loop"
	exits 0
}

@test "a state directory in memory: 3" {
	loop=$(loop_new $MIB)
	mount_at tmpfs "$SCRATCH/memory" -t tmpfs -o size=32M,mode=755
	STATE=$SCRATCH/memory/state
	state_new
	refused 3 state-directory "state directory" wipe "$loop" --policy lab --authorise "$(list_of "$loop")"
}

@test "a state directory without a key: 9; none that can be made: 3" {
	loop=$(loop_new $MIB)
	list=$(list_of "$loop")
	refused 9 no-key key wipe "$loop" --policy lab --authorise "$list"
	for STATE in "$SCRATCH/no/such/folder" "$loop" "$list"; do
		refused 3 state-directory "state directory" wipe "$loop" --policy lab --authorise "$list"
	done
}

# ---- twice ----

@test "a medium named twice in one call is refused the second time: 5" {
	loop=$(loop_new $MIB)
	image=$(loop_file "$loop")
	ln -s "$loop" "$SCRATCH/alias"
	state_new
	cw wipe "$loop" "$SCRATCH/alias" "$image" --policy lab --authorise "$(list_of "$loop")" --json
	exits 5
	json '[.results[] | .exit] | sort == [0, 3, 5]'
	json '[.results[] | select(.exit == 5) | .error.code] == ["busy"]'
	json '[.results[] | select(.type == "destruction-certificate")] | length == 1'
}

@test "a second wipe while the first is running: 5" {
	loop=$(loop_sparse $FROZEN_SIZE)
	state_new
	state_new "$SCRATCH/other"
	wipe_frozen "$loop"
	wipe_refused 5 busy "$loop"
	STATE=$SCRATCH/other wipe_refused 5 busy "$loop"
	thaw
	wait_front
	exits 0
	json '.results[0].type == "destruction-certificate"'
}

# ---- the command line ----

@test "options that a command does not take or know, and operands too few or many: 2" {
	loop=$(loop_new $MIB)
	state_new
	cw plan "$loop" --policy lab --out "$SCRATCH/plan"
	list=$(list_of "$loop")
	usage_error "No command"
	usage_error "no such command" frobnicate
	usage_error "" wipe --policy lab
	usage_error "" plan
	usage_error "" plan "$loop" "$loop"
	usage_error "" inspect
	usage_error "" list "$loop"
	usage_error "" stop
	usage_error "" verify
	usage_error --authorise plan "$loop" --authorise "$list"
	usage_error --scheme list --scheme zero
	usage_error --out wipe "$loop" --policy lab --authorise "$list" --out "$SCRATCH/x"
	usage_error --force wipe "$loop" --policy lab --authorise "$list" --force
	usage_error --yes wipe "$loop" --policy lab --authorise "$list" --yes
	usage_error -y wipe "$loop" --policy lab --authorise "$list" -y
	usage_error --json=1 wipe "$loop" --policy lab --authorise "$list" --json=1
	usage_error "language" list --lang klingon
	usage_error --progress wipe "$loop" --policy lab --authorise "$list" --progress bar
	for option in "--policy lab" "--scheme zero" "--technique overwrite" "--level clear" "--verify full"; do
		usage_error --plan wipe "$loop" --plan "$SCRATCH/plan" --authorise "$list" $option
	done
	run --separate-stderr "$CERTWIPE_BIN" wipe "$loop" --policy lab --state "$STATE" --authorise </dev/null
	exits 2
	[[ $stderr = *--authorise* ]]
}

@test "names with control characters or without an end are refused, and never reach the terminal as they are" {
	state_new
	local long
	long=$(head -c 5000 /dev/zero | tr '\0' n)
	for named in $'\033[2J\033]0;owned\a' $'/dev/loop0\n/dev/loop1' $'/dev/\xff\xfe' $'\u202egnp.exe' "$long" "/dev/$long" "" "%s%n%s%n" \
		"-" "/" "." "~" "a'b\"c;reboot"; do
		for command in wipe plan inspect; do
			cw $command "$named"
			[[ $status = 3 || $status = 4 ]] || { echo "exit $status"; return 1; }
			[ -n "$output$stderr" ]
			if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xff|\xe2\x80\xae' <<<"$output$stderr"; then
				echo "it prints raw bytes"
				return 1
			fi
			cw $command --json "$named"
			json '(.error // .results[0].error) | (.message | length > 0) and (.hint | length > 0)'
		done
	done
}

@test "more media than one call can take: 2" {
	state_new
	# shellcheck disable=SC2046
	usage_error "" wipe --policy lab $(seq -f /dev/certwipe-none-%g 1000)
}
