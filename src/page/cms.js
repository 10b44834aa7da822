/* SPDX-License-Identifier: Apache-2.0 */
/* CMS (RFC 5652) */

const PKCS = '06092a864886f70d01',
	OID_DATA = PKCS + '0701',
	OID_SIGNED = PKCS + '0702',
	ONE = '020101',
	CONTENT_TYPE = PKCS + '0903',
	DIGEST = PKCS + '0904',
	SIGNING_TIME = PKCS + '0905',
	SIGNING_CERT = '060b2a864886f70d010910022f',
	checkAlgorithms = ({cert: {key}, digestId, signId}) => must(key && digestId === key.digestId && signId === key.signId),
	checkDigest = async ({cert, messageDigest}, content) => must((await sha(content, cert.key.digest)) === messageDigest),
	checkSignature = async ({cert, signature, attributes}) =>
		must(await isSigned(cert.key, cert.key.digest, signature, unhex(attributes))),
	MAIL = '06082b06010505070304',
	purposesOf = s => (s.purposes?.kids || []).map(k => k.whole).sort(),
	/* Is it the certificate of whom the document names? */
	isNamed = (cert, {person}) => subjectText(cert, '03') === person.name && subjectText(cert, '05') === (person.id || '');

/* RFC 5035 */
function readSigningCert(v) {
	const [id] = kids(kids(v, SEQ)[0], SEQ),
		how = id.kids[0]?.tag === SEQ ? [SEQ] : [],
		names = id.kids.length > how.length + 1 ? [SEQ] : [],
		[hash, name] = kids(id, ...how, OCTETS, ...names).slice(how.length),
		[who, serial] = name ? kids(name, SEQ, INT) : [];
	return {
		essId: how[0] && id.kids[0].whole,
		essHash: hash.body,
		essIssuer: name && kids(kids(who, 'a4')[0], SEQ)[0].whole + serial.whole,
	};
}

function readSigner(item, inPdf) {
	const names = [CONTENT_TYPE, DIGEST, SIGNING_CERT, SIGNING_TIME].slice(0, inPdf ? 3 : 4),
		[v, sid, digest, attributes, algorithm, signature] = kids(item, INT, SEQ, SEQ, 'a0', SEQ, OCTETS),
		values = Object.fromEntries(
			kids(attributes, ...names.map(() => SEQ))
				.map(a => kids(a, OID, SET))
				.map(([oid, set]) => [oid.whole, kids(set, '')[0]]),
		),
		[type, hash, cert, time] = names.map(n => values[n] || invalid('attributes'));
	must(
		item.tag === SEQ &&
			v.whole === ONE &&
			sorted(attributes.kids) &&
			type.whole === OID_DATA &&
			hash.tag === OCTETS &&
			cert.tag === SEQ &&
			(!time || time.tag === UTC || time.body >= '32303530'),
		`offset ${item.at}`,
	);
	return {
		...readSigningCert(cert),
		messageDigest: hash.body,
		signingTime: time && certTime(time),
		digestId: digest.whole,
		signId: algorithm.whole,
		signature: signature.body,
		sid: kids(sid, SEQ, INT).map(x => x.whole).join(''),
		attributes: SET + attributes.whole.slice(2) /* RFC 5652 5.4 */,
	};
}

async function openCms(bytes, most, inPdf) {
	must(bytes.length <= 1 << 16, 'size');
	const [type, wrap] = kids(der(hex(bytes)), OID, 'a0'),
		[version, digests, content, certs, signers] = kids(kids(wrap, SEQ)[0], INT, SET, SEQ, 'a0', SET);
	must(
		bytes[0] === 48 && type.whole === OID_SIGNED && version.whole === ONE && kids(content, OID)[0].whole === OID_DATA,
		'SignedData',
	);
	must(certs.kids.length <= 4 * most && sorted(certs.kids) && signers.kids.length && signers.kids.length <= most, 'signers');
	const out = {
		signers: signers.kids.map(s => readSigner(s, inPdf)),
		certs: await Promise.all(certs.kids.map(readCert)),
		used: [],
	};
	must(
		[...new Set(out.signers.map(s => s.digestId))].sort().join() === digests.kids.map(d => d.whole).join(),
		'digest',
	);
	return out;
}

async function findSigners(cms) {
	for (const s of cms.signers) {
		const name = {undefined: 'SHA-256', [SHA2('02')]: 'SHA-384'}[s.essId] || invalid('digest'),
			hashes = await Promise.all(cms.certs.map(c => sha(c.der, name))),
			found = cms.certs.filter((c, i) => hashes[i] === s.essHash);
		must(found.length === 1 && !cms.signers.some(o => o.cert === found[0]), 'certificate');
		s.cert = found[0];
		must([s.sid, s.essIssuer || s.sid].every(x => x === s.cert.issuer + s.cert.serial), 'serial');
	}
}

function checkPerson(s) {
	const usage = usageOf(s);
	must(!s.unknown && !s.ca && usage & 0xc0 && !(usage & 6), 'keyUsage');
	must(purposesOf(s).includes(MAIL), 'extKeyUsage');
}
function checkStation(s) {
	checkPerson(s);
	must(
		s.usage.critical && s.usage.whole === '030206c0' && purposesOf(s).join() === MAIL + ',06082b06010505070324',
		'keyUsage',
	);
}
function subjectText(cert, id) {
	const found = cert.subjectTree.kids
		.flatMap(set => set.kids)
		.map(pair => kids(pair, OID, ''))
		.filter(([oid]) => oid.whole === '06035504' + id);
	must(found.length < 2 && found.every(([, v]) => /^(0c|1[346]([0-7].)*$)/.test(v.tag + v.body) && v.body.length < 512), 'subject'); /* UTF-8, or ASCII */
	return found.map(([, v]) => text(unhex(v.body))).join('');
}
function checkSignatories(cms, {signatories}) {
	const signed = n => cms.signers.find(s => s.cert.sha256 === n.certSha256),
		[station] = signatories;
	cms.station = signed(station) || invalid('station');
	checkStation(cms.station.cert);
	must(cms.signers.every(s => signatories.some(n => signed(n) === s)), 'uninvited');
	for (const n of signatories.slice(1).filter(signed)) must(isNamed(signed(n).cert, n), n.role);
	must(new Set(cms.signers.map(s => s.cert.keyHash)).size === cms.signers.length, 'same key');
	const absent = signatories.filter(n => !signed(n)).map(n => n.role).join();
	absent && cannot(`Signatures are missing: ${absent}.`, `欠缺簽章：${absent}。`);
}
