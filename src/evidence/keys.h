/* SPDX-License-Identifier: Apache-2.0 */
/* File names below STATE/keys. */
#ifndef KEYS_H
#define KEYS_H

#define CW_KEYS_ROOT_KEY "root.key"
#define CW_KEYS_ROOT_PEM "root.pem"
#define CW_KEYS_STATION_KEY "station.key"
#define CW_KEYS_STATION_PEM "station.pem"
#define CW_KEYS_NOTE_KEY "note.key"
#define CW_KEYS_NOTE_VKEY "note.vkey"

#endif
