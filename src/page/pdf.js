/* SPDX-License-Identifier: Apache-2.0 */
/* PDF (certwipe-pdf(5)) */

const PDF_HEADER = '%PDF-1.7\n%\uf7e2\uf7e3\uf7cf\uf7d3\n',
	PARTS = {
		[DOCUMENT]: 'json',
		[P7S]: 'pkcs7-signature',
		'journal.jsonl': 'jsonl',
		'evidence.tlog-proof': 'vnd.c2sp.tlog-proof',
		note: 'plain',
		root: 'x-pem-file',
	},
	WHOLE = Object.keys(PARTS).slice(0, 3),
	SEAL = /\/M\(D:(\d{14}Z)\)\/ByteRange\[0 ([\d ]{30})\]\/Contents(<[0-9a-f]+>)/;

function walkPdf(bytes) {
	const s = octets(bytes),
		objects = [];
	let at = PDF_HEADER.length;
	const no = () => invalid(`byte ${at}`),
		take = re => {
			re.lastIndex = at;
			const m = re.exec(s);
			at = m ? re.lastIndex : at;
			return m;
		};
	must(bytes.length <= 1 << 23 && s.startsWith(PDF_HEADER), 'header');
	while (!take(/startxref\n\d{1,10}\n%%EOF\n/y)) {
		const [, number, dict] = take(/(\d{1,10}) 0 obj\n([^\n]*)\n/y) || no(),
			length = /^<<\/Length (\d{1,10})/.exec(dict),
			object = {number, dict, at: at - dict.length - 1};
		if (length && (take(/stream\n/y) || no())) object.stream = bytes.slice(at, (at += +length[1]));
		(take(length ? /\nendstream\nendobj\n/y : /endobj\n/y) && objects.push(object) <= 128) || no();
	}
	return at === bytes.length ? objects : invalid(`behind byte ${at}`);
}

async function inflate({number, stream}) {
	const out = [],
		reader = new Blob([stream || invalid('stream')]).stream().pipeThrough(new DecompressionStream('deflate')).getReader(),
		no = () => invalid(`object ${number}`);
	for (let n = 0, r; !(r = await reader.read().catch(no)).done; out.push(r.value)) (n += r.value.length) > JOURNAL_MAX && no();
	return join(out);
}

async function takeParts(objects) {
	const files = {},
		kindOf = o => /\/Type\/EmbeddedFile\/Subtype\/\w+#2F([^/]*)/.exec(o.dict)?.[1];
	for (const part in PARTS) {
		const found = objects.filter(o => kindOf(o) === PARTS[part]);
		must(found.length < 2 && (found.length || !WHOLE.includes(part)), part);
		if (found.length) files[part] = await inflate(found[0]);
	}
	files.photos = await Promise.all(objects.filter(o => /^(jpeg|png|octet-stream)$/.test(kindOf(o))).map(inflate));
	return files;
}

async function checkPdf(item, bytes, trust, beside) {
	let objects, files, seals, at, gap, upto, digits;
	await attempt(item, 'pdf-revision', async () => {
		objects = walkPdf(bytes);
		files = await takeParts(objects);
		seals = objects.filter(o => o.dict.includes('/Type/Sig/'));
		must(seals.length < 2, 'seals');
	});
	if (item.stopped) return;
	const [seal] = seals,
		attached = await readCerts(files.root).catch(() => []),
		own = {...trust, around: trust.around.concat(attached)};
	await checkEvidence(item, {...beside, ...files}, own, true);
	await trial(item, {
		'pdf-range': () => {
			if (!seal) return;
			const m = SEAL.exec(seal.dict) || invalid('ByteRange');
			digits = m[3].slice(1, -1);
			upto = seal.at + m.index + m[0].length;
			gap = upto - m[3].length;
			at = timeOf(stamp(m[1]));
			must(at >= 0 && m[2] === [gap, upto, bytes.length - upto].map(n => String(n).padEnd(10)).join(''), 'ByteRange');
		},
		'pdf-page': () => {
			must(objects.at(-1).dict.includes(`/ID[<${item.sha256.slice(0, 32)}>`), '/ID');
			seal ||
				cannot(
					'This PDF has no seal, its page may say anything: go by what is shown here.',
					'本 PDF 未經封緘，頁面內容不足為憑，請以此處所示為準。',
				);
			remark(
				'The words of the page were not compared (`certwipe verify` does that): go by what is shown here.',
				'頁面文字未經比對（由 certwipe verify 比對），請以此處所示為準。',
			);
		},
		'pdf-root': () => must(!attached.length || !item.cms.root || attached.some(c => c.sha256 === item.cms.root.sha256)),
		'pdf-note': () => {
			const note = files.note && readSummary(text(files.note));
			must(note ? note.head === summaryOf(item, note.place) : !seal, 'note.txt');
			return note && checkSummary(note, item.cms.station.cert);
		},
		'pdf-seal': async () => {
			if (!seal) return;
			const n = 8 + 2 * ofHex(digits.slice(4, 8));
			must(digits.startsWith('3082') && n <= digits.length && /^0*$/.test(digits.slice(n)), 'Contents');
			must(at >= timeOf(item.document.issuedAt) - 300, '/M');
			const cms = await openSigned(unhex(digits.slice(0, n)), await join([bytes.slice(0, gap), bytes.slice(upto)]), true),
				[{cert}] = cms.signers;
			checkStation(cert);
			must(cert.sha256 === item.cms.station.cert.sha256, 'signer');
			return checkTrustOf(cms, own, () => at);
		},
	});
}
