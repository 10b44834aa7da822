/* SPDX-License-Identifier: Apache-2.0 */
/* A target without a fuzzer: every file of the folders and files that it is given, in TAP. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX (1u << 20)

static unsigned number, failed;

static void play(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX);
	size_t len = f && data ? fread(data, 1, INPUT_MAX, f) : 0;
	uint8_t *exact = f && data ? fuzz_bytes(data, len, len) : NULL;

	if (exact)
		LLVMFuzzerTestOneInput(exact, len);
	failed += !exact;
	printf("%sok %u - %s\n", exact ? "" : "not ", ++number, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	free(exact);
	free(data);
	if (f)
		fclose(f);
}

static void play_folder(const char *path)
{
	struct dirent **names;
	char file[4096];
	int n = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			play(file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (!stat(argv[i], &st) && S_ISDIR(st.st_mode))
			play_folder(argv[i]);
		else
			play(argv[i]);
	}
	printf("1..%u\n", number);
	return failed || !number;
}
