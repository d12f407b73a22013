/*
 * Gives a fuzz harness every file of the folders named, in place of libFuzzer:
 * what was found once is tried in each ordinary run.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* -1 if the file cannot be read. */
static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat about;
	uint8_t *data = NULL;
	int result = -1;

	if (file == NULL || fstat(fileno(file), &about) == -1)
		goto end;
	/* No spare byte, so that reading past the end is seen. */
	data = malloc(about.st_size > 0 ? (size_t)about.st_size : 1);
	if (data == NULL)
		goto end;
	if (fread(data, 1, (size_t)about.st_size, file) !=
	    (size_t)about.st_size)
		goto end;
	LLVMFuzzerTestOneInput(data, (size_t)about.st_size);
	result = 0;
end:
	if (result == -1)
		perror(path);
	free(data);
	if (file != NULL)
		fclose(file);
	return result;
}

/* Returns how many files were replayed, or -1. */
static int
replay_folder(const char *folder)
{
	DIR *all = opendir(folder);
	struct dirent *one;
	int count = 0;

	if (all == NULL) {
		perror(folder);
		return -1;
	}
	while (count != -1 && (one = readdir(all)) != NULL) {
		char path[4096];

		if (one->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, one->d_name);
		count = replay_file(path) == -1 ? -1 : count + 1;
	}
	closedir(all);
	return count;
}

int
main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int count = replay_folder(argv[i]);

		if (count == -1)
			return 1;
		total += count;
	}
	if (total == 0) {
		fprintf(stderr, "nothing to replay\n");
		return 1;
	}
	printf("replayed %d inputs\n", total);
	return 0;
}
