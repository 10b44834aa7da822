/* SPDX-License-Identifier: Apache-2.0 */
/* signed summary of the QR code */

function cut(s, max) {
	const b = utf8(s);
	while (b.length > max && (b[max] & 0xc0) === 0x80) max--;
	return b.length > max ? text(b.slice(0, max)) + '..' : s;
}
const summaryOf = (
	{document: {type, certificateId, issuedAt, medium, verdict, sanitization, laboratory, verification: v, register}, sha256},
	place,
) =>
	[
		'certwipe1',
		certificateId,
		issuedAt,
		cut(medium.model, 48),
		cut(medium.serial, 64),
		`${type.slice(12)} ${verdict.result} ${verdict.level} ${sanitization.technique}${laboratory ? ' laboratory' : ''}`,
		`${v.method} ${v.result} ${v.coverageBytes || 0} ${v.mismatchBytes || 0}`,
		sha256,
		`${register.origin} ${place}`,
		'',
	].join('\n');

function readSummary(s) {
	const [, head, origin, place, name, base64] =
			/^(certwipe1\n(?:[^\n]+\n){7}([^\n]+) (-|0|[1-9]\d{0,22})\n)\n\u2014 (\S+) (\S+)\n$/.exec(s) || invalid('lines'),
		bytes = unbase64(base64),
		lines = head.split('\n');
	must(
		s.length <= 2048 &&
			name === origin.replace(/[ +]/g, '_') &&
			bytes.length > 8 &&
			!lines.some(l => BANNED.test(l)) &&
			timeOf(lines[2]) >= 0,
		'lines',
	);
	return {head, place, bytes};
}
const checkSummary = async (note, {key, keyHash}) =>
	must(
		key &&
			note.bytes.startsWith(keyHash.slice(0, 8)) &&
			(await isSigned(key, key.digest, note.bytes.slice(8), utf8(note.head))),
		'signature',
	);

async function checkPasted(item, pasted, items) {
	const documents = genuine(items);
	let note, match;
	await trial(item, {
		'note-form': () => {
			note = readSummary(pasted.replace(/\r\n?/g, '\n').replace(/\n*$/, '\n'));
		},
		'note-document': async () => {
			documents.length || cannot('Choose its document too.', '請一併選擇其所屬文件。');
			match = documents.find(i => summaryOf(i, note.place) === note.head) || invalid();
			await checkSummary(note, match.cms.station.cert);
			match.weight < 1 || raise({finding: match.finding, words: match.reason});
		},
	});
}
