#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The PDF of a document: made and sealed with it, printed, handed out, read by the tools that other people have, and verified.
load helpers

setup() {
	flow_setup
	lab_certificate "$(loop_new 4M)"
	NUMBER=$(basename "$DOC")
	PDF=$DOC/$NUMBER.pdf
	TRUST=$STATE/keys/root.pem
	cd "$SCRATCH" || return
}

# A database of certificates for pdfsig with the station's root in it, and nothing else; prints its folder.
nss_with_root() {
	mkdir "$SCRATCH/nss"
	certutil -N -d "sql:$SCRATCH/nss" --empty-password
	certutil -A -d "sql:$SCRATCH/nss" -n root -t C,C,C -i "$TRUST"
	echo "$SCRATCH/nss"
}

verify_pdf() {
	cw verify --lab --trust "$TRUST" --json "$@"
}

@test "a document has its sealed PDF as soon as the wipe has ended" {
	[ -f "$PDF" ]
	[ "$(stat -c %s "$PDF")" -le 81920 ]
	verify_pdf "$PDF"
	exits 0
	json '.items | length == 1 and .[0].finding == "valid" and ([.[0].checks[] | select(.passed | not)] == [])'
	json '[.items[0].checks[].name] | contains(["pdf-revision", "pdf-page", "pdf-letters", "pdf-seal", "claim"])'
}

@test "pdfsig: valid, trusted, the whole document" {
	run pdfsig -nssdir "sql:$(nss_with_root)" "$PDF"
	show_last
	[[ $output == *"Signature is Valid."* ]]
	[[ $output == *"Certificate is Trusted."* ]]
	[[ $output == *"Total document signed"* ]]
	[[ $output == *"ETSI.CAdES.detached"* ]]
	[ "$(grep -c '^Signature #' <<<"$output")" = 1 ]
}

@test "qpdf and mutool find nothing wrong, and mutool that nothing was changed since it was signed" {
	run qpdf --check "$PDF"
	show_last
	[ "$status" = 0 ]
	[[ $output != *WARNING* ]]
	run mutool clean -s "$PDF" "$SCRATCH/cleaned.pdf"
	show_last
	[ "$status" = 0 ]
	[[ $output != *error* && $output != *warning* ]]
	run mutool sign -v "$PDF"
	show_last
	[[ $output == *"The document is unchanged since signing."* ]]
}

@test "the attached files are the evidence, and stock OpenSSL verifies them" {
	pdfdetach -saveall -o "$SCRATCH" "$PDF"
	cmp "$SCRATCH/evidence.json" "$DOC/evidence.json"
	cmp "$SCRATCH/evidence.json.p7s" "$DOC/evidence.json.p7s"
	cmp "$SCRATCH/journal.jsonl" "$DOC/journal.jsonl"
	cmp "$SCRATCH/root.pem" "$TRUST"
	openssl_accepts "$SCRATCH"
	run pdfinfo "$PDF"
	show_last
	[[ $output == *"Tagged:"*yes* ]]
	run strings -n 6 <(qpdf --qdf --object-streams=disable "$PDF" -)
	[[ $output == *"/AFRelationship /Source"* ]]
}

@test "the seal, cut out by hand, is one that stock OpenSSL verifies" {
	python3 - "$PDF" "$SCRATCH" <<-'END'
		import re, sys
		pdf = open(sys.argv[1], "rb").read()
		a, b, c, d = map(int, re.search(rb"/ByteRange\[(\d+) +(\d+) +(\d+) +(\d+) *\]", pdf).groups())
		assert a == 0 and c + d == len(pdf) and pdf[b:b + 1] == b"<" and pdf[c - 1:c] == b">"
		der = bytes.fromhex(pdf[b + 1:c - 1].decode())
		open(sys.argv[2] + "/seal.p7s", "wb").write(der[:4 + int.from_bytes(der[2:4], "big")])
		open(sys.argv[2] + "/covered", "wb").write(pdf[:b] + pdf[c:])
	END
	openssl cms -verify -binary -cades -no-CApath -no-CAstore -auth_level 2 -inform DER -in "$SCRATCH/seal.p7s" -content "$SCRATCH/covered" -CAfile "$TRUST" -out /dev/null
}

@test "the page says what medium, the verdict and what is next, in both languages, and its QR is the signed summary" {
	local serial next
	pdftotext -layout "$PDF" "$SCRATCH/page.txt"
	cat "$SCRATCH/page.txt"
	serial=$(jq -r .medium.serial "$DOC/evidence.json")
	tr -d ' \n' <"$SCRATCH/page.txt" | grep -F "$(tr -d ' ' <<<"$serial")" >/dev/null
	grep -F '已完成資料清除，等級：清除（Clear）。預定之位元組均已寫入並讀回，比對相符。' "$SCRATCH/page.txt"
	grep -F 'Sanitised to the level Clear. Every planned byte was written, read back and is equal.' "$SCRATCH/page.txt"
	grep -F '資料清除證明書' "$SCRATCH/page.txt"
	grep -F 'LABORATORY' "$SCRATCH/page.txt"
	next=$(jq -r .nextStep.zh_TW "$DOC/evidence.json")
	grep -F "$next" "$SCRATCH/page.txt"
	pdftoppm -r 300 -singlefile -png "$PDF" "$SCRATCH/page"
	zbarimg --quiet --raw -Sdisable -Sqrcode.enable "$SCRATCH/page.png" >"$SCRATCH/qr.txt"
	pdfdetach -savefile note.txt -o "$SCRATCH/note.txt" "$PDF"
	diff "$SCRATCH/note.txt" <(head -c -1 "$SCRATCH/qr.txt") # zbarimg adds a newline
	[ "$(sed -n 8p "$SCRATCH/qr.txt")" = "$(sha256sum <"$DOC/evidence.json" | cut -d ' ' -f 1)" ]
	[ "$(sed -n 9p "$SCRATCH/qr.txt")" = "$(jq -r .register.origin "$DOC/evidence.json") 1" ]
}

@test "what stands behind, in, or instead of a part of it is found out" {
	cp "$PDF" "$SCRATCH/x.pdf"
	echo >>"$SCRATCH/x.pdf"
	verify_pdf "$SCRATCH/x.pdf"
	exits 10
	json '.items[0].reason | contains("Behind the end")'

	qpdf --deterministic-id "$PDF" "$SCRATCH/rewritten.pdf"
	verify_pdf "$SCRATCH/rewritten.pdf"
	exits 10

	cp "$PDF" "$SCRATCH/flipped.pdf"
	flip "$SCRATCH/flipped.pdf" 3000
	verify_pdf "$SCRATCH/flipped.pdf"
	exits 10
}

@test "a folder: its PDF must carry the evidence that lies beside it, and is looked at in any case" {
	local other
	cp -r "$DOC" "$SCRATCH/folder"
	verify_pdf "$SCRATCH/folder"
	exits 0
	json '[.items[].finding] == ["valid"] and ([.items[0].checks[] | select(.name == "pdf" and .passed)] | length == 1)'
	wipe_listed "$(loop_new 4M)" --json
	other=$(certificate_of 0)
	cp "$other"/*.pdf "$SCRATCH/folder/$NUMBER.pdf"
	verify_pdf "$SCRATCH/folder"
	exits 10
	json '[.items[].finding] == ["invalid"] and (.items[0].reason | contains("files beside it"))'
	rm "$SCRATCH/folder/$NUMBER.pdf"
	printf '%%PDF-1.4\nsomebody else made this\n' >"$SCRATCH/folder/letter.pdf"
	verify_pdf "$SCRATCH/folder"
	exits 7
	json '[.items[].finding] == ["cannot-tell", "valid"]'
	mkdir "$SCRATCH/pdfs"
	cp "$PDF" "$SCRATCH/pdfs/one.pdf"
	cp "$other"/*.pdf "$SCRATCH/pdfs/two.PDF"
	flip "$SCRATCH/pdfs/one.pdf" 3000
	verify_pdf "$SCRATCH/pdfs"
	exits 10
	json '[.items[].finding] == ["invalid", "valid"]'
}

@test "print and export hand the sealed PDF out; nothing is written over" {
	cw certificate print "$NUMBER" --json
	exits 0
	json '.sealed and .file == $f' --arg f "$NUMBER.pdf"
	cmp "$NUMBER.pdf" "$PDF"
	cw certificate print "$NUMBER"
	exits 2
	cw certificate export "$NUMBER" --json
	exits 0
	json '.pdf == $f' --arg f "$NUMBER.pdf"
	cmp "$NUMBER/$NUMBER.pdf" "$PDF"
	verify_pdf "$NUMBER"
	exits 0
}

@test "a lost PDF is made again: the same but for the time and the signature" {
	pdftotext -layout "$PDF" "$SCRATCH/before.txt"
	rm "$PDF"
	cw certificate print "$NUMBER" --out "$SCRATCH/again.pdf"
	exits 0
	[ -f "$PDF" ]
	verify_pdf "$SCRATCH/again.pdf"
	exits 0
	pdftotext -layout "$SCRATCH/again.pdf" "$SCRATCH/after.txt"
	diff <(grep -v -e 數位簽章 -e 'Sealed electronically' "$SCRATCH/before.txt") <(grep -v -e 數位簽章 -e 'Sealed electronically' "$SCRATCH/after.txt")
}

@test "from exported files: an unsealed copy that says so; not from files that do not hold" {
	cw certificate export "$NUMBER"
	cw certificate print "$NUMBER/" --out "$SCRATCH/copy.pdf" --json
	exits 0
	json '.sealed | not'
	pdftotext -layout "$SCRATCH/copy.pdf" - | grep -F 'UNSEALED COPY'
	verify_pdf "$SCRATCH/copy.pdf"
	exits 7
	json '.items[0].finding == "valid-with-remarks" and (.items[0].reason | contains("unsealed copy"))'
	flip "$NUMBER/evidence.json" 200
	cw certificate print "$NUMBER/" --out "$SCRATCH/forged.pdf"
	exits 10
	[ ! -e "$SCRATCH/forged.pdf" ]
}

@test "a person without privilege prints a copy of files, and shows what is in a PDF" {
	local out
	out=$(public_folder)
	chmod 777 "$out"
	cp -r "$DOC" "$out/files"
	rm "$out/files/$NUMBER.pdf"
	cp "$TRUST" "$out/files/root.pem"
	cp "$(dirname "$CERTWIPE_BIN")"/certwipe "$(dirname "$CERTWIPE_BIN")"/certwipe-typeset "$out/"
	chmod -R a+rX "$out"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$out/certwipe" certificate print "$out/files" --out "$out/copy.pdf" --trust "$out/files/root.pem"
	show_last
	[ "$status" = 0 ]
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$out/certwipe" certificate show "$out/copy.pdf" --trust "$out/files/root.pem"
	show_last
	[[ $output == *"$NUMBER"* ]]
}

@test "for a browser, and for the medium" {
	cw certificate print "$NUMBER" --format html --out "$SCRATCH/page.html"
	exits 0
	grep -F '<html lang="zh-TW">' "$SCRATCH/page.html"
	grep -F "default-src 'none'" "$SCRATCH/page.html"
	grep -F "$(jq -r .nextStep.zh_TW "$DOC/evidence.json")" "$SCRATCH/page.html"
	cw certificate print "$NUMBER" --format label
	exits 0
	run pdfinfo "$NUMBER-label.pdf"
	show_last
	[[ $output == *"175.75 x 82.2 pts"* ]]
	pdftoppm -r 300 -singlefile -png "$NUMBER-label.pdf" "$SCRATCH/label"
	zbarimg --quiet --raw -Sdisable -Sqrcode.enable "$SCRATCH/label.png" >"$SCRATCH/qr.txt"
	[ "$(sed -n 2p "$SCRATCH/qr.txt")" = "$NUMBER" ]
	pdftotext "$NUMBER-label.pdf" - | grep -F LABORATORY
	cw certificate print "$NUMBER" --format png
	exits 2
}

# In a mount namespace of its own, where the fonts are hidden.
without_fonts() {
	run unshare --mount sh -c 'mount -t tmpfs none /usr/share/fonts && exec "$@"' sh "$CERTWIPE_BIN" "$@" --state "$STATE" </dev/null
	show_last
}

@test "without the font the evidence is complete, print says what is missing, and verify does not call the page compared" {
	without_fonts certificate print "$NUMBER" --out "$SCRATCH/there.pdf"
	[ "$status" = 0 ] # it was made before
	rm "$PDF"
	without_fonts certificate print "$NUMBER" --out "$SCRATCH/none.pdf"
	[ "$status" = 1 ]
	[[ $output == *"Noto Sans CJK TC"* && $output == *"fonts-noto-cjk"* ]]
	without_fonts certificate export "$NUMBER"
	[ "$status" = 0 ]
	[[ $output == *"The PDF is not among them"* ]]
	[ -f "$NUMBER/evidence.json" ]
	without_fonts verify --lab --trust "$TRUST" "$SCRATCH/there.pdf"
	[ "$status" = 7 ]
	[[ $output == *"VALID WITH REMARKS"* && $output == *"letters"* ]]
	cp "$SCRATCH/there.pdf" "$NUMBER"
	without_fonts verify --lab --trust "$TRUST" "$NUMBER"
	[ "$status" = 0 ] # the evidence itself, with a remark about the page beside it
	[[ $output == *": VALID"* && $output == *"letters"* ]]
}

@test "without the font a wipe ends as it always does" {
	local loop
	loop=$(loop_new 4M)
	without_fonts wipe --policy lab --authorise "$(list_of "$loop")" --json "$loop"
	[ "$status" = 0 ]
	[[ $output == *destruction-certificate* ]]
}
