#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runs beside others
# How the pages look: those that were sealed once (tests/vectors/pdf), as two independent readers draw them, against pictures that people have looked at.
# CW_UPDATE=1 takes those that are not there yet.
load helpers

PAGES=$ROOT/tests/vectors/pdf

setup() {
	SCRATCH=$(mktemp -d)
}

teardown() {
	rm -rf "$SCRATCH"
}

poppler() {
	pdftoppm -r 80 -gray -singlefile "$1" "${2%.pgm}"
}

mupdf() {
	mutool draw -q -r 80 -c gray -o "$2" "$1" 1
}

@test "a certificate, a report, a laboratory document, one of a drive that sanitised itself and one of a destruction look as they should, in two readers" {
	local page
	for page in certificate report laboratory native destruction; do
		poppler "$PAGES/$page.pdf" "$SCRATCH/$page.pgm"
		[ -z "${CW_UPDATE:-}" ] || [ -e "$PAGES/$page.png" ] || "$BATS_TEST_DIRNAME/picture.py" --store "$SCRATCH/$page.pgm" "$PAGES/$page.png"
		"$BATS_TEST_DIRNAME/picture.py" "$SCRATCH/$page.pgm" "$PAGES/$page.png"
		mupdf "$PAGES/$page.pdf" "$SCRATCH/$page-mupdf.pgm"
		"$BATS_TEST_DIRNAME/picture.py" "$SCRATCH/$page-mupdf.pgm" "$PAGES/$page.png"
	done
}

@test "nobody takes one for another: the pictures differ" {
	local other
	poppler "$PAGES/certificate.pdf" "$SCRATCH/certificate.pgm"
	for other in report laboratory native destruction; do
		run "$BATS_TEST_DIRNAME/picture.py" "$SCRATCH/certificate.pgm" "$PAGES/$other.png"
		echo "$output"
		[ "$status" = 1 ]
	done
}

@test "the page that is made now from the same evidence looks the same" {
	local page root
	for page in certificate report native destruction; do
		root=$PAGES/$page.root.pem
		[ -e "$root" ] || root=$PAGES/root.pem
		"$CERTWIPE_BIN" certificate print "$PAGES/$page.pdf" --trust "$root" --out "$SCRATCH/$page.pdf" --state "$SCRATCH/none"
		poppler "$SCRATCH/$page.pdf" "$SCRATCH/$page.pgm"
		"$BATS_TEST_DIRNAME/picture.py" "$SCRATCH/$page.pgm" "$PAGES/$page.png" # all but the line of the seal
	done
}
