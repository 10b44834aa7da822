/* SPDX-License-Identifier: Apache-2.0 */
/* what was given together, against each other */

const genuine = items => items.filter(i => i.document && i.finding !== INVALID);

/* A register has one root at each size.  Which of two documents is the false one, nobody can tell from them. */
async function compareAll(items) {
	const seen = {__proto__: null},
		documents = genuine(items),
		logs = items.filter(i => i.log && !i.stopped);
	for (const item of documents) {
		const {origin, previousSize, previousRoot} = item.document.register;
		for (const {size, root} of [{size: previousSize, root: previousRoot}, item.order || {}]) {
			const same = (seen[`${size} ${origin}`] ||= []);
			for (const other of same)
				if (other.root !== root) for (const i of [item, other.item]) await attempt(i, 'twins', () => invalid());
			same.push({item, root});
		}
	}
	/* What the register says of each of them is for the program to look up: it may call one void that reads as good. */
	if (documents.length && logs.length) for (const item of [...documents, ...logs]) await attempt(item, 'compared', unknown);
}
