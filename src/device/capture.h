/* SPDX-License-Identifier: Apache-2.0 */
/* capture: form and limits of `certwipe/capture/1`, for the recorder, the mask, and what replays it in the tests. */
#ifndef CW_DEVICE_CAPTURE_H
#define CW_DEVICE_CAPTURE_H

#include "describe.h"

#define CW_CAPTURE_SCHEMA "certwipe/capture/1"
#define CW_CAPTURE_VALUE_MAX 4096u           /* bytes kept of an attribute, link or property; sysfs gives a page */
#define CW_CAPTURE_ITEMS_MAX 2048u           /* attributes, links, properties and names in directories together */
#define CW_CAPTURE_BYTES_MAX (320u * 1024u)  /* of all values; hex and names fit into CW_JSON_MAX_BYTES */

/*
 * Records what cw_describe() asks of d, and what else stands beside it.  properties_take: names to hex; contents_take as cw_contents_json() makes it; asked: what the medium was
 * asked for, NULL: nothing.
 */
CW_MUST_CHECK int cw_capture_dev(const struct cw_dev *d, json_t *properties_take, json_t *contents_take, const struct cw_capabilities *asked, struct cw_medium *told, json_t **out,
				 struct cw_error *err);

#endif
