/* SPDX-License-Identifier: Apache-2.0 */
/* what was given together, against each other */

const genuine = items => items.filter(i => i.document && i.finding !== INVALID);

/* A register has one root at each size.  Which of two documents is the false one, nobody can tell from them. */
async function compareAll(items) {
	const seen = {__proto__: null},
		documents = genuine(items);
	for (const item of documents) {
		const {origin, previousSize, previousRoot} = item.document.register;
		for (const {size, root} of [{size: previousSize, root: previousRoot}, ...(item.order ? [item.order] : [])]) {
			const first = (seen[`${size} ${origin}`] ||= {item, root});
			if (first.root !== root) for (const i of [item, first.item]) await attempt(i, 'twins', () => invalid());
		}
	}
	/* What the register says of each of them is for the program to look up. */
	if (documents.length)
		for (const item of items.filter(i => i.log && !i.stopped))
			await attempt(item, 'compared', unknown);
}
