/* bench_json.c - the benchmark's report as JSON, with every sample.
 *
 * As in json.c a reference that could not be made is NULL, and NULL inside of
 * json_pack() makes the whole NULL. */
#include "cli/bench_json.h"

#include "cli/bench_table.h"
#include "cli/bench_words.h"

static json_int_t number(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (json_int_t)value;
}

/* Appends and passes NULL on. */
static json_t *array_add(json_t *array, json_t *item)
{
	if (json_array_append_new(array, item) < 0) {
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *object_add(json_t *object, const char *key, json_t *item)
{
	if (json_object_set_new(object, key, item) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* A JSON string must be UTF-8, a file's name need not: then it is the list of
 * its bytes. */
static json_t *path_pack(const char *path)
{
	json_t *text = json_string(path), *bytes;

	if (text)
		return text;
	bytes = json_array();
	for (const char *byte = path; *byte; byte++)
		bytes = array_add(bytes, json_integer((unsigned char)*byte));
	return bytes;
}

static json_t *tree_pack(const struct bench *bench)
{
	const struct bench_tree *tree = &bench->tree;
	json_t *classes = json_array();

	for (unsigned i = 0; i < BENCH_CLASSES; i++)
		classes = array_add(classes,
		                    json_pack("{s:s, s:I, s:I}", "name", bench_classes[i].name,
		                              "files", number(tree->class_files[i]), "bytes",
		                              number(tree->class_bytes[i])));
	return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "source",
	                 path_pack(bench->src), "target", path_pack(bench->dst), "files",
	                 number(tree->files), "directories", number(tree->directories), "symlinks",
	                 number(tree->symlinks), "specials", number(tree->specials), "bytes",
	                 number(tree->bytes), "size_classes", classes);
}

static json_t *machine_pack(const struct bench *bench)
{
	const struct pc_machine *machine = &bench->machine;

	return json_pack("{s:s, s:i, s:i, s:I, s:s, s:s, s:s}", "model", machine->model, "cpus",
	                 (int)machine->cpus, "cpus_usable", (int)bench->cpus, "memory_bytes",
	                 number(machine->memory_bytes), "kernel", machine->kernel,
	                 "source_filesystem", bench->src_filesystem, "target_filesystem",
	                 bench->dst_filesystem);
}

static json_t *options_pack(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;
	char preserve[BENCH_PRESERVE];

	bench_preserve_words(copy->preserve, preserve);
	return json_pack("{s:i, s:i, s:s, s:s, s:I, s:i, s:b, s:s}", "runs", (int)options->runs,
	                 "warmup", (int)options->warmup, "reflink", bench_reflink_word(options),
	                 "sparse", bench_when_word(copy->sparse), "chunk_bytes",
	                 number(copy->chunk_bytes), "queue_depth", (int)copy->queue_depth,
	                 "shared_fd_table", (int)copy->shared_fd_table, "preserve", preserve);
}

static json_t *methods_pack(const struct bench_sample *sample)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_METHODS; i++)
		object = object_add(object, pcopy_method_name((enum pcopy_method)i),
		                    json_integer(number(sample->method_bytes[i])));
	return object;
}

static json_t *sample_pack(const struct bench_sample *sample)
{
	return json_pack("{s:b, s:s?, s:f, s:f, s:f, s:i, s:i, s:I, s:o}", "valid", !sample->fault,
	                 "fault", sample->fault, "wall_s", sample->wall_s, "user_s", sample->user_s,
	                 "system_s", sample->system_s, "processes", (int)sample->processes,
	                 "threads", (int)sample->threads, "peak_bytes", number(sample->peak_bytes),
	                 "method_bytes", methods_pack(sample));
}

static json_t *samples_pack(const struct bench_mode *mode)
{
	json_t *array = json_array();

	for (size_t i = 0; i < mode->samples; i++)
		array = array_add(array, sample_pack(&mode->sample[i]));
	return array;
}

/* null where a figure would need runs that there were not. */
static json_t *ratio_pack(double ratio)
{
	return ratio > 0 ? json_real(ratio) : json_null();
}

static json_t *summary_pack(const struct bench *bench, const struct bench_mode *mode)
{
	const struct pc_stats *wall = &mode->wall;

	if (mode->fault)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:o, s:o}", "median_s",
	                 wall->median, "min_s", wall->min, "max_s", wall->max, "mean_s", wall->mean,
	                 "deviation_s", wall->deviation, "mean_half_width_95_s", wall->half_width,
	                 "files_per_second", (double)bench->tree.files / wall->median,
	                 "bytes_per_second", (double)bench->tree.bytes / wall->median, "cpu_s",
	                 mode->cpu_s, "peak_bytes", number(mode->peak_bytes), "speedup",
	                 ratio_pack(mode->speedup), "efficiency", ratio_pack(mode->efficiency));
}

static json_t *modes_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < bench->modes; i++) {
		const struct bench_mode *mode = &bench->mode[i];

		array = array_add(array, json_pack("{s:s, s:i, s:b, s:s?, s:o, s:o}", "mode",
		                                   pcopy_pool_name(mode->pool), "workers",
		                                   (int)mode->sample[0].workers, "valid",
		                                   !mode->fault, "fault", mode->fault, "summary",
		                                   summary_pack(bench, mode), "samples",
		                                   samples_pack(mode)));
	}
	return array;
}

static json_t *verdict_pack(const struct bench_verdict *verdict)
{
	char sentence[BENCH_SENTENCE];
	bool judged = verdict->kind >= BENCH_NO_DIFFERENCE;
	json_t *significant =
		judged ? json_boolean(verdict->kind == BENCH_DIFFERENCE) : json_null();

	if (verdict->kind == BENCH_NOT_COMPARED)
		return json_null();
	bench_table_sentence(verdict, sentence);
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "first", "threads", "second",
	                 "processes", "significant", significant, "p",
	                 judged ? json_real(verdict->p) : json_null(), "u",
	                 judged ? json_real(verdict->u) : json_null(), "shift_s",
	                 judged ? json_real(verdict->shift_s) : json_null(), "sentence", sentence);
}

json_t *bench_json_new(const struct bench *bench)
{
	return json_pack("{s:i, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "format", BENCH_JSON_VERSION,
	                 "version", PCOPY_VERSION, "status", bench->status, "tree",
	                 tree_pack(bench), "machine", machine_pack(bench), "options",
	                 options_pack(bench->options), "modes", modes_pack(bench), "comparison",
	                 verdict_pack(&bench->verdict));
}
