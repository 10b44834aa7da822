/* SPDX-License-Identifier: Apache-2.0 */
/* keys */

const SHA2 = n => '300b06096086480165030402' + n,
	ECDSA = n => '300a06082a8648ce3d0403' + n,
	RSA = n => '300d06092a864886f70d0101' + n + '0500',
	RSA_KEY = RSA('01'),
	curve = (bits, hash, sign) => ({
		curve: 'P-' + bits,
		size: bits / 8,
		digest: 'SHA-' + bits,
		digestId: SHA2(hash),
		signId: ECDSA(sign),
	}),
	CURVES = {
		'301306072a8648ce3d020106082a8648ce3d030107': curve(256, '01', '02'),
		'301006072a8648ce3d020106052b81040022': curve(384, '02', '03'),
	},
	CERT_SIGNATURES = {
		[ECDSA('02')]: 'SHA-256',
		[ECDSA('03')]: 'SHA-384',
		[RSA('0b')]: 'SHA-256',
		[RSA('0c')]: 'SHA-384',
		[RSA('0d')]: 'SHA-512',
	},
	/* A positive number without the zero before it. */
	positive = ({body}) => (/^[0-7]/.test(body) ? body.replace(/^00/, '') : ''),
	/* The two in a SEQUENCE. */
	pair = s => kids(s.startsWith(SEQ) && der(s), INT, INT).map(positive),
	sideBySide = (signature, size) =>
		pair(signature).map(n => must(n && n.length <= 2 * size, 'ECDSA') && n.padStart(2 * size, '0')).join(''),
	verify = async (how, spki, signature, data) =>
		crypto.subtle.verify(
			how,
			await crypto.subtle.importKey('spki', unhex(spki), how, false, ['verify']),
			unhex(signature),
			data,
		);

function keyOf({whole: spki, kids: [algorithm, bits]}) {
	const point = bits.body.slice(2),
		row = CURVES[algorithm.whole];
	if (row) return point.length === 4 * row.size + 2 && point.startsWith('04') ? {...row, spki} : null;
	if (algorithm.whole !== RSA_KEY) return null;
	const n = pair(point)[0],
		size = 4 * n.length + 24 - Math.clz32(ofHex(n.slice(0, 2)));
	return size >= 2048 && size <= 8192 ? {spki, digest: 'SHA-256', digestId: SHA2('01'), signId: RSA_KEY} : null;
}

async function isSigned({spki, size, curve}, hash, signature, data) {
	try {
		return await (size
			? verify({name: 'ECDSA', hash, namedCurve: curve}, spki, sideBySide(signature, size), data)
			: verify({name: 'RSASSA-PKCS1-v1_5', hash}, spki, signature, data));
	} catch {
		return false;
	}
}
