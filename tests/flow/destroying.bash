# SPDX-License-Identifier: Apache-2.0
# For flow tests about physical destruction: `load destroying` after `load helpers`.
# shellcheck disable=SC2034,SC2154 # used by the tests; run sets output, stderr and status
MIB=1048576

# record KEY=VALUE...: a file for --record with a witnessed shredding, changed by these; "[medium]" begins the description by hand.  Prints its path.
record() {
	local file pair
	file=$(mktemp "$SCRATCH/record-XXXXXX.ini")
	{
		echo "[destruction]"
		printf '%s\n' "method = shred" "machine = Shredder S-5" "particle-mm2 = 25" "place = 苗栗" "operator = 王小明" "count = 1" "started = 2026-01-05T06:00:00Z" "ended = 2026-01-05T06:20:00Z"
	} >"$file"
	for pair; do
		[ "$pair" != "[medium]" ] || { echo "$pair" >>"$file" && continue; }
		sed -i "/^${pair%%=*} =/d" "$file"
		if grep -q '^\[medium\]' "$file"; then
			echo "${pair%%=*} = ${pair#*=}" >>"$file"
		else
			sed -i "/^\[destruction\]/a ${pair%%=*} = ${pair#*=}" "$file"
		fi
	done
	echo "$file"
}

now() {
	date -u +%FT%TZ
}

# county_policy: a policy `county` of this state directory: that of a county, for virtual media.
county_policy() {
	mkdir -p "$STATE/policy"
	sed -e "s/^id = .*/id = county/" -e "s/^virtual-media = no/virtual-media = yes/" "${ROOT:?}/share/policy/tw-county.policy" >"$STATE/policy/county.policy"
}

# wiped_under_county DEV: wiped, and the case stays open.
wiped_under_county() {
	county_policy
	cw case new --policy county --out "$SCRATCH/case.ini" approvalNumber=A-2026-001 unit=政風處 custodian=陳 personalData=yes recordRelation=copy backedUp=yes retentionChecked=yes \
		holdChecked=yes operator=王小明 place=苗栗
	exits 0
	cw wipe --policy county --case "$SCRATCH/case.ini" --authorise "$(list_of "$1")" --json "$1"
	exits 0
	JOB=$(value ".results[0].jobId")
	WIPED=$(certificate_of 0)
}

last_job() {
	"$CERTWIPE_BIN" register list --json --state "$STATE" | jq -r '.answer[-1].jobId'
}

# confirmed [KEY=VALUE...]: by a second person; DOC is the folder of the document.
confirmed() {
	cw destroy --confirm "$(last_job)" "${@:-name=李四}" --json
	DOC=$(value '.results[0].path // ""')
}

# by_hand KEY=VALUE... [-- OPTION...]: a medium as its label says; recorded, and waiting for its witness.
by_hand() {
	local pairs=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		pairs+=("$1")
		shift
	done
	cw destroy --record "$(record "${pairs[@]}")" --quiet "${@:2}"
}

verifies() {
	cw verify --lab --trust "$STATE/keys/root.pem" --json "$DOC"
	exits "$1"
}
