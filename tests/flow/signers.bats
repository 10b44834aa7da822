#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runs beside others
# Documents that several must sign: station, operator and witness, each with a key of his own; and everything that somebody might try instead.
# shellcheck disable=SC2154 # run sets output, stderr and status
load helpers

OWN="a long sentence of one's own"

setup() {
	flow_setup
	state_new
	mkdir -p "$STATE/policy"
	sed -e "s/^id = .*/id = signed/" -e "s/^labels = .*/&\nsigners = station operator witness/" "$ROOT/share/policy/lab.policy" >"$STATE/policy/signed.policy"
	cd "$SCRATCH" || return
}

# person NAME ID FILE: a key under this station's root, with OWN as its pass phrase.
person() {
	run --separate-stderr "$CERTWIPE_BIN" key create --person "$1" --id "$2" --out "$3" --json --state "$STATE" --passphrase-fd 3 3< <(printf '%s\n%s\n' "$PASSPHRASE" "$OWN") </dev/null
	show_last
}

both_persons() {
	person "王大明" "E-1001" operator.pem
	exits 0
	person "陳怡君" "E-1002" witness.pem
	exits 0
}

# wipe_signed [OPTION...]: under the policy that wants three signatures.
wipe_signed() {
	local loop
	loop=$(loop_new 4M)
	cw wipe --policy signed --authorise "$(list_of "$loop")" --json "$@" "$loop"
}

# document: both persons, and a document that names them and has the station's signature only; sets DOC and NUMBER.
document() {
	both_persons
	wipe_signed --operator operator.pem --witness witness.pem
	exits 0
	DOC=$(certificate_of 0)
	NUMBER=$(basename "$DOC")
}

# sign_as ROLE KEY [NUMBER]
sign_as() {
	run --separate-stderr "$CERTWIPE_BIN" sign "${3:-$NUMBER}" --role "$1" --key "$2" --json --state "$STATE" --passphrase-fd 3 3<<<"$OWN" </dev/null
	show_last
}

complete() {
	document
	sign_as operator operator.pem
	exits 0
	sign_as witness witness.pem
	exits 0
}

# tampered: a copy of the document to change, in $COPY.
tampered() {
	COPY=$SCRATCH/copy
	cp -r "$DOC" "$COPY"
}

# signers FILE: how many SignerInfos a signature has, as OpenSSL counts them.
signers() {
	openssl cms -cmsout -print -inform DER -in "$1" | grep -c "d.issuerAndSerialNumber"
}

# without CERTIFICATE FILE: takes that signature out of it.
without() {
	"$ROOT/tests/flow/cms.py" without "$2" "$1"
}

# ---- keys of persons ----

@test "a person's key lies in one encrypted file, under the organisation's root, and its pass phrase nowhere" {
	person "王大明" "E-1001" operator.pem
	exits 0
	json '.person == "王大明" and .id == "E-1001"'
	[ "$(stat -c %a operator.pem)" = 600 ]
	grep -q "ENCRYPTED PRIVATE KEY" operator.pem
	openssl verify -CAfile "$STATE/keys/root.pem" -no-CApath -no-CAstore operator.pem
	openssl pkey -in operator.pem -passin "pass:$OWN" -noout
	run grep -rF "$OWN" "$STATE" operator.pem
	[ "$status" = 1 ]
	person "王大明" "E-1001" operator.pem
	exits 2
	json '.error.code == "exists"'
}

@test "without the root's pass phrase there is no key for anybody" {
	run --separate-stderr "$CERTWIPE_BIN" key create --person "Nobody" --out nobody.pem --json --state "$STATE" --passphrase-fd 3 3< <(printf 'a wrong pass phrase\n%s\n' "$OWN") </dev/null
	exits 8
	[ ! -e nobody.pem ]
}

# ---- who signs ----

@test "the policy asks for signers: nobody named, the same person twice, or one too many, and nothing is wiped" {
	both_persons
	wipe_signed
	exits 8
	json '.results[0].error.code == "case-incomplete"'
	wipe_signed --operator operator.pem
	exits 8
	wipe_signed --operator operator.pem --witness operator.pem
	exits 3
	[[ $output == *"cannot be operator and witness at once"* ]]
	person "王 大明" "E-1001" second.pem
	wipe_signed --operator operator.pem --witness second.pem
	exits 3
	local loop
	loop=$(loop_new 4M)
	cw wipe --policy lab --authorise "$(list_of "$loop")" --operator operator.pem --json "$loop"
	exits 8
	json '.results[0].type == "destruction-report"'
	while read -r loop _; do
		head -c 4M "$loop" | cmp - <(yes "old secret data on this medium" | head -c 4M)
	done <"$SCRATCH/.loops"
	cw register check
	exits 0
}

@test "a document is not complete before all have signed it, and nothing says so" {
	document
	[ ! -e "$DOC/$NUMBER.pdf" ]
	lab_verify "$DOC"
	exits 7
	json '.items[0].finding == "cannot-tell" and .items[0].awaits == "operator witness"'
	cw certificate print "$NUMBER" --json
	exits 7
	sign_as witness witness.pem
	exits 0
	json '.complete == false and .awaits == "operator"'
	lab_verify "$DOC"
	exits 7
	json '.items[0].awaits == "operator"'
	[ ! -e "$DOC/$NUMBER.pdf" ]
	sign_as operator operator.pem
	exits 0
	json '.complete and .awaits == ""'
	lab_verify "$DOC"
	exits 0
	json '.items[0].finding == "valid" and .items[0].order.proven and (.items[0] | has("awaits") | not)'
}

@test "all three verify with stock OpenSSL, each by itself, too" {
	complete
	openssl_accepts "$DOC"
	[ "$(signers "$DOC/evidence.json.p7s")" = 3 ]
	for who in "$STATE/keys/station.pem" operator.pem witness.pem; do
		"$ROOT/tests/flow/cms.py" only "$DOC/evidence.json.p7s" "$who" one.p7s
		[ "$(signers one.p7s)" = 1 ]
		openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in one.p7s -content "$DOC/evidence.json" -CAfile "$STATE/keys/root.pem" -out /dev/null
	done
}

@test "each signature has its entry in the register, the proof follows, and the whole log holds" {
	complete
	cw register list --json
	json '[.answer[].kind] == ["started", "certificate", "signed", "signed"]'
	cw register check --json
	exits 0
	json '.answer == []'
	cw audit --lab --json
	exits 0
	cw register export "$SCRATCH/export" --json
	exits 0
	lab_verify "$DOC" "$SCRATCH/export"
	exits 0
}

@test "the PDF is made when all have signed, names them, and holds" {
	complete
	cw certificate print "$NUMBER" --out page.pdf --json
	exits 0
	lab_verify page.pdf
	exits 0
	pdftotext page.pdf page.txt
	grep -q "王大明" page.txt
	grep -q "陳怡君" page.txt
	cw certificate show "$NUMBER"
	exits 0
	[[ $output == *"陳怡君"* ]]
}

@test "keys of an office's own authority, PKCS#12 with RSA and P-384, do as well" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj "/O=Office CA" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
	for who in "operator rsa:2048 林小姐" "witness ec 張先生"; do
		read -r role kind name <<<"$who"
		if [ "$kind" = ec ]; then
			openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$role.key" -out "$role.csr" -subj "/O=Office/CN=$name" -utf8 2>/dev/null
		else
			openssl req -newkey "$kind" -nodes -keyout "$role.key" -out "$role.csr" -subj "/O=Office/CN=$name" -utf8 2>/dev/null
		fi
		openssl x509 -req -in "$role.csr" -CA ca.pem -CAkey ca.key -days 20 -out "$role.pem" 2>/dev/null \
			-extfile <(printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection,clientAuth\nbasicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid')
		openssl pkcs12 -export -inkey "$role.key" -in "$role.pem" -certfile ca.pem -out "$role.p12" -passout "pass:$OWN"
	done
	wipe_signed --operator operator.pem --witness witness.pem
	exits 0
	DOC=$(certificate_of 0) NUMBER=$(basename "$DOC")
	sign_as operator operator.p12
	exits 10 # nobody here vouches for that authority yet
	cw key trust ca.pem --fingerprint "$(openssl x509 -in ca.pem -outform DER | sha256sum | cut -d ' ' -f 1)"
	exits 0
	sign_as operator operator.p12
	exits 0
	sign_as witness witness.p12
	exits 0
	cat "$STATE/keys/root.pem" ca.pem >both.pem
	cw verify --lab --trust both.pem --json "$DOC"
	exits 0
	lab_verify "$DOC"
	exits 10
	openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in "$DOC/evidence.json.p7s" -content "$DOC/evidence.json" -CAfile both.pem -out /dev/null
}

# ---- attempts ----

@test "only who is named signs, only in his role, and only once" {
	document
	sign_as operator witness.pem
	exits 3
	[[ $output == *"the same person cannot sign it as operator"* ]]
	person "王大明" "E-1001" new.pem
	sign_as operator new.pem
	exits 3
	sign_as operator operator.pem
	exits 0
	sign_as operator operator.pem
	exits 2
	json '.error.code == "exists"'
	[ "$(signers "$DOC/evidence.json.p7s")" = 2 ]
	run --separate-stderr "$CERTWIPE_BIN" sign "$NUMBER" --role witness --key witness.pem --json --state "$STATE" --passphrase-fd 3 3<<<"not the pass phrase" </dev/null
	show_last
	exits 9
}

@test "a document of the station alone takes nobody's signature" {
	person "王大明" "E-1001" operator.pem
	wipe_listed "$(loop_new 4M)" --json
	exits 0
	NUMBER=$(basename "$(certificate_of 0)")
	sign_as operator operator.pem
	exits 3
	[[ $output == *"names no operator"* ]]
}

@test "attack: the witness's signature is taken away" {
	complete
	tampered
	without witness.pem "$COPY/evidence.json.p7s"
	openssl_accepts "$COPY"
	lab_verify "$COPY"
	exits 10 # the proof is of the signatures that there were
	rm "$COPY/evidence.tlog-proof"
	lab_verify "$COPY"
	exits 7
	json '.items[0].awaits == "witness"'
	cw register export "$SCRATCH/export"
	exits 0
	lab_verify "$COPY" "$SCRATCH/export"
	exits 10
	[[ $output == *"taken away from this copy"* ]]
	cp "$COPY/evidence.json.p7s" "$DOC/evidence.json.p7s"
	cw register check
	exits 10
}

@test "attack: the witness is replaced by one of the same name from another authority" {
	complete
	tampered
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout evil.key -out evil.pem -days 30 -subj "/O=Example County/CN=certwipe root" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout fake.key -out fake.csr -subj "/O=Example County/CN=陳怡君/serialNumber=E-1002" -utf8 2>/dev/null
	openssl x509 -req -in fake.csr -CA evil.pem -CAkey evil.key -days 20 -out fake.pem 2>/dev/null \
		-extfile <(printf 'keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection,1.3.6.1.5.5.7.3.36\nbasicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid')
	without witness.pem "$COPY/evidence.json.p7s"
	openssl cms -resign -binary -cades -md sha256 -nosmimecap -inform DER -in "$COPY/evidence.json.p7s" -signer fake.pem -inkey fake.key -outform DER -out "$COPY/evil.p7s"
	mv "$COPY/evil.p7s" "$COPY/evidence.json.p7s"
	rm "$COPY/evidence.tlog-proof"
	lab_verify "$COPY"
	exits 10
	cat "$STATE/keys/root.pem" evil.pem >both.pem # not even when somebody was talked into trusting it
	cw verify --lab --trust both.pem --json "$COPY"
	exits 10
	json '[.items[0].checks[] | select(.passed | not) | .name] == ["signatories"]'
}

@test "attack: somebody signs whom the document does not name" {
	document
	person "路人甲" "E-9999" stranger.pem
	tampered
	openssl cms -resign -binary -cades -md sha256 -nosmimecap -inform DER -in "$COPY/evidence.json.p7s" -signer stranger.pem -inkey stranger.pem -passin "pass:$OWN" -outform DER -out "$COPY/new.p7s"
	mv "$COPY/new.p7s" "$COPY/evidence.json.p7s"
	lab_verify "$COPY"
	exits 10
	json '[.items[0].checks[] | select(.passed | not) | .name] == ["signatories"]'
}

@test "attack: the document is changed to name another witness, and signed again by nobody" {
	complete
	tampered
	sed -i 's/陳怡君/路人甲/' "$COPY/evidence.json"
	lab_verify "$COPY"
	exits 10
}
