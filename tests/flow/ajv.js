#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// ajv.js SCHEMA FILE...: says of each file whether it is what the schema describes, as ajv finds.  Exit status 1 when one is not.
// Distributions ship an ajv that knows the dialect only up to draft 7, in which all that our schemas use means the same.
const fs = require("fs");
const Ajv = require("ajv");

const [path, ...files] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(path));
delete schema.$schema;
const check = new Ajv({ unicode: true, unknownFormats: [] }).compile(schema);
for (const file of files) {
	const ok = check(JSON.parse(fs.readFileSync(file)));
	console.log("%s: %s", file, ok ? "valid" : `${check.errors[0].dataPath} ${check.errors[0].message}`);
	if (!ok)
		process.exitCode = 1;
}
