/*
 * Runs a fuzz harness over every file of the folders given, so that ordinary
 * builds replay what the fuzzer has found.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	long len;

	if (file == NULL || fseek(file, 0, SEEK_END) == -1 ||
	    (len = ftell(file)) == -1) {
		perror(path);
		exit(1);
	}
	rewind(file);
	bytes = malloc((size_t)len + 1);
	if (bytes == NULL ||
	    fread(bytes, 1, (size_t)len, file) != (size_t)len) {
		perror(path);
		exit(1);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, (size_t)len);
	free(bytes);
}

int
main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		struct dirent *entry;

		if (folder == NULL) {
			perror(argv[i]);
			return 1;
		}
		while ((entry = readdir(folder)) != NULL) {
			char path[4096];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i],
			    entry->d_name);
			replay(path);
			files++;
		}
		closedir(folder);
	}
	printf("%u files replayed\n", files);
	return files > 0 ? 0 : 1;
}
