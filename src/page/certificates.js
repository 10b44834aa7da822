/* SPDX-License-Identifier: Apache-2.0 */
/* certificates (RFC 5280) */

const usageOf = cert => ofHex(cert.usage?.body.slice(2, 4) || 0),
	ID_CE = '0603551d',
	EXTENSIONS = {
		[ID_CE + '13']: ['constraints', SEQ],
		[ID_CE + '0f']: ['usage', BITS],
		[ID_CE + 25]: ['purposes', SEQ],
		[ID_CE + '0e']: ['subjectKey', OCTETS],
		[ID_CE + 23]: ['issuerKey', SEQ],
	};

function certTime({tag, body}) {
	const d = body.replace(/3(\d)|5a/g, (_, digit) => digit || 'Z'),
		t = timeOf(stamp(tag === UTC && d < '5' ? '20' + d : d));
	return must(t >= 0 && /1[78]/.test(tag), 'time') && t;
}

function readExtension(cert, item) {
	const critical = item.kids?.length === 3,
		[oid, flag, value] = critical ? kids(item, OID, '01', OCTETS) : kids(item, OID, OCTETS),
		[name, tag] = EXTENSIONS[oid.whole] || [];
	must(item.tag === SEQ && !(critical && (flag.body === '00' || /Key$/.test(name))) && !(name in cert), 'extension');
	if (name) cert[name] = {critical, ...der((value || flag).body)};
	else cert.unknown ||= critical || oid.whole === ID_CE + '1e'; /* name constraints bind in any case */
	must(!name || cert[name].tag === tag, name);
}

async function readCert(tree) {
	const [tbs, signId, signature] = kids(tree, SEQ, SEQ, BITS),
		[version, serial, innerId, issuer, validity, subject, spki, extensions] =
			kids(tbs, 'a0', INT, SEQ, SEQ, SEQ, SEQ, SEQ, 'a3'),
		[from, to] = kids(validity, '', '').map(certTime),
		cert = {
			der: tree.whole,
			tbs: tbs.whole,
			signature: signature.body.slice(2),
			serial: serial.whole,
			issuer: issuer.whole,
			subject: subject.whole,
			subjectTree: subject,
			from,
			to,
		};
	must(
		tree.tag === SEQ &&
			version.whole === 'a003020102' &&
			innerId.whole === signId.whole &&
			signature.body.startsWith('00') &&
			issuer.body &&
			subject.body,
		'certificate',
	);
	for (const item of kids(extensions, SEQ)[0].kids) readExtension(cert, item);
	const {constraints, subjectKey, issuerKey} = cert,
		[ca, depth] = constraints?.kids.length ? kids(constraints, '01', ...constraints.kids.slice(1).map(() => INT)) : [];
	must(!ca || (ca.body === 'ff' && constraints.kids.length < 3 && (!depth || depth.body.length === 2)), 'constraints');
	return Object.assign(cert, {
		hash: CERT_SIGNATURES[signId.whole],
		byRsa: signId.whole.length === 30,
		key: kids(spki, SEQ, BITS) && keyOf(spki),
		keyHash: await sha(spki.whole),
		sha256: await sha(tree.whole),
		ca,
		depth: depth ? ofHex(depth.body) : 9 /* longer than any path */,
		keyId: subjectKey?.body || '',
		issuerId: issuerKey ? kids(issuerKey, '80')[0].body : '',
	});
}

async function readCerts(bytes) {
	const ders = [...octets(bytes).matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(m =>
		unbase64(m[1].replace(/\s/g, '')),
	);
	try {
		must(bytes.length <= JSON_MAX && ders.length && ders.length <= 64);
		return await Promise.all(ders.map(d => readCert(der(d))));
	} catch {
		cannot('No certificate can be read from this file.', '此檔無可讀取之憑證。');
	}
}
