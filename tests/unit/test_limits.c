/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_limits.c - resources of the specification as writes to cgroup files and as properties of a unit; limits as people write them. */
#include "base/err.h"
#include "base/json.h"
#include "plan/limits.h"
#include "plan/plan.h"
#include "spec/spec_fields.h"
#include "tap.h"

#define AT "/linux/resources/"

/* ---- resources as text ---- */

static char *replace(struct arena *a, const char *text, char from, char to)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; (p = strchr(p, from)); p++)
		*p = to;
	return copy;
}

/* JSON with single quotes, which need no backslash here. */
static const char *with_single_quotes(struct arena *a, const char *text)
{
	return replace(a, text, '"', '\'');
}

static void read_tree(struct arena *a, const char *quoted, struct json *ret)
{
	const char *text = replace(a, quoted, '\'', '"');

	if (json_parse(a, "test", text, strlen(text), ret) < 0)
		printf("Bail out! %s: %s\n", text, err_last()->text);
}

static struct spec_resources read_resources(struct arena *a, const char *quoted)
{
	struct spec_resources r = { 0 };
	struct json tree = { 0 };

	read_tree(a, quoted, &tree);
	if (fields_read(a, &spec_resources_fields, "test", &tree, &r) < 0)
		printf("Bail out! %s: %s\n", quoted, err_last()->text);
	return r;
}

static const char *append(struct arena *a, const char *text, const char *more)
{
	return *text ? arena_printf(a, "%s; %s", text, more) : more;
}

/* "file=value", "|file=value" for the other, "?" behind what is optional, "!" behind what was asked for */
static const char *writes_text(struct arena *a, const struct cgroup_writes *l)
{
	const char *text = "";

	for (size_t i = 0; i < l->n; i++) {
		const struct cgroup_write *w = &l->items[i];
		const char *other = w->other_file ? arena_printf(a, "|%s=%s", w->other_file, w->other_value) : "";

		text = append(a, text,
			      arena_printf(a, "%s=%s%s%s%s", w->file, w->value, other, w->optional ? "?" : "", w->asked ? "!" : ""));
	}
	return text;
}

static const char *list_text(struct arena *a, const struct strv *l)
{
	const char *text = "";

	for (size_t i = 0; i < l->n; i++)
		text = append(a, text, l->v[i]);
	return text;
}

/* All that comes of it: the writes or the error, and what was left. */
static const char *written(struct arena *a, const char *json, struct strv *ret_left)
{
	const struct spec_resources r = read_resources(a, json);
	const struct strv asked = { 0 };
	struct cgroup_writes writes = { 0 };

	if (limits_to_writes(a, &r, &asked, &writes, ret_left) < 0)
		return arena_strdup(a, err_last()->text);
	return writes_text(a, &writes);
}

struct row {
	const char *json, *text;
};

static void claim_writes(const struct row *rows, size_t n)
{
	autoarena a = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct strv left = { 0 };

		claim_text(written(&a, rows[i].json, &left), rows[i].text, "%s", rows[i].json);
		claim(left.n == 0, "%s: nothing is left", rows[i].json);
	}
}

#define BAD "config.json: " AT

static void memory_is_bytes_and_swap_is_what_is_above(void)
{
	static const struct row rows[] = {
		{ "{}", "" },
		{ "{'memory':{}}", "" },
		{ "{'memory':{'limit':1000}}", "memory.max=1000" },
		{ "{'memory':{'limit':0,'reservation':0,'swap':0,'kernel':0}}", "" },
		{ "{'memory':{'limit':-1}}", "memory.max=max?; memory.swap.max=max?" },
		{ "{'memory':{'limit':-1,'swap':0}}", "memory.max=max?; memory.swap.max=max?" },
		{ "{'memory':{'limit':1000,'reservation':500}}", "memory.max=1000; memory.low=500" },
		{ "{'memory':{'reservation':-1}}", "memory.low=max?" },
		{ "{'memory':{'limit':1000,'swap':3000}}", "memory.max=1000; memory.swap.max=2000" },
		{ "{'memory':{'limit':1000,'swap':1000}}", "memory.max=1000; memory.swap.max=0?" },
		{ "{'memory':{'limit':1000,'swap':-1}}", "memory.max=1000; memory.swap.max=max?" },
		{ "{'memory':{'limit':-1,'swap':500}}", "memory.max=max?; memory.swap.max=500" },
		{ "{'memory':{'swap':-1}}", "memory.swap.max=max?" },
		{ "{'memory':{'limit':9223372036854775807,'swap':9223372036854775807}}",
		  "memory.max=9223372036854775807; memory.swap.max=0?" },
		{ "{'memory':{'swap':500}}", BAD "memory/swap: needs a limit of memory, too: memory is counted in it" },
		{ "{'memory':{'limit':1000,'swap':999}}", BAD "memory/swap: must be at least the limit of memory, which is counted in it" },
		{ "{'memory':{'limit':-2}}", BAD "memory/limit: must be a number of bytes, or -1 for no limit" },
		{ "{'memory':{'limit':-9223372036854775808}}", BAD "memory/limit: must be a number of bytes, or -1 for no limit" },
		{ "{'memory':{'limit':1000,'swap':-9223372036854775808}}",
		  BAD "memory/swap: must be a number of bytes, or -1 for no limit" },
		{ "{'memory':{'reservation':-3}}", BAD "memory/reservation: must be a number of bytes, or -1 for no limit" },
		{ "{'memory':{'limit':1000,'useHierarchy':true,'checkBeforeUpdate':true,'disableOOMKiller':false}}", "memory.max=1000" },
	};

	claim_writes(rows, ARRAY_SIZE(rows));
}

static void cpu_is_weight_and_quota_and_sets(void)
{
	static const struct row rows[] = {
		{ "{'cpu':{}}", "" },
		{ "{'cpu':{'shares':0,'quota':0,'period':0,'cpus':'','mems':''}}", "" },
		{ "{'cpu':{'shares':1024}}", "cpu.weight=100" },
		{ "{'cpu':{'shares':18446744073709551615}}", "cpu.weight=10000" },
		{ "{'cpu':{'quota':50000}}", "cpu.max=50000 100000" },
		{ "{'cpu':{'quota':50000,'period':20000}}", "cpu.max=50000 20000" },
		{ "{'cpu':{'quota':-1}}", "cpu.max=max 100000?" },
		{ "{'cpu':{'quota':-9223372036854775808}}", "cpu.max=max 100000?" },
		{ "{'cpu':{'period':20000}}", "cpu.max=max 20000?" },
		{ "{'cpu':{'quota':0,'period':20000}}", "cpu.max=max 20000?" },
		{ "{'cpu':{'quota':50000,'burst':50000}}", "cpu.max=50000 100000; cpu.max.burst=50000" },
		{ "{'cpu':{'burst':0}}", "cpu.max.burst=0?" },
		{ "{'cpu':{'idle':0,'shares':2}}", "cpu.idle=0?; cpu.weight=1" },
		{ "{'cpu':{'idle':1}}", "cpu.idle=1" },
		{ "{'cpu':{'cpus':'0-3,8','mems':'0'}}", "cpuset.cpus=0-3,8; cpuset.mems=0" },
		{ "{'cpu':{'quota':999}}", BAD "cpu/quota: must be at least 1000 microseconds" },
		{ "{'cpu':{'period':999}}", BAD "cpu/period: must be from 1000 to 1000000 microseconds" },
		{ "{'cpu':{'period':18446744073709551615}}", BAD "cpu/period: must be from 1000 to 1000000 microseconds" },
		{ "{'cpu':{'quota':5000,'burst':5001}}", BAD "cpu/burst: must be at most the quota" },
		{ "{'cpu':{'idle':2}}", BAD "cpu/idle: must be 0 or 1" },
		{ "{'cpu':{'cpus':'0-'}}", BAD "cpu/cpus: must be a list of numbers like 0-3,8" },
		{ "{'cpu':{'mems':'all'}}", BAD "cpu/mems: must be a list of numbers like 0-3,8" },
	};

	claim_writes(rows, ARRAY_SIZE(rows));
}

static void pids_are_never_none(void)
{
	static const struct row rows[] = {
		{ "{'pids':{'limit':100}}", "pids.max=100" },
		{ "{'pids':{'limit':0}}", "pids.max=1" },
		{ "{'pids':{'limit':-1}}", "pids.max=max?" },
		{ "{'pids':{'limit':-9223372036854775808}}", "pids.max=max?" },
		{ "{'pids':{'limit':4194304}}", "pids.max=4194304" },
		{ "{'pids':{'limit':4194305}}", "pids.max=max?" },
		{ "{'pids':{'limit':9223372036854775807}}", "pids.max=max?" },
	};

	claim_writes(rows, ARRAY_SIZE(rows));
}

static void disks_have_weights_and_throttles(void)
{
	static const struct row rows[] = {
		{ "{'blockIO':{}}", "" },
		{ "{'blockIO':{'weight':0,'leafWeight':0}}", "" },
		{ "{'blockIO':{'weight':500}}", "io.bfq.weight=500|io.weight=default 4950" },
		{ "{'blockIO':{'weight':1}}", "io.bfq.weight=1|io.weight=default 1" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':16,'weight':10},{'major':8,'minor':0}]}}",
		  "io.bfq.weight=8:16 10|io.weight=8:16 1" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1000},{'major':4095,'minor':1048575,'rate':0}],"
		  "'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':2}],'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':3}],"
		  "'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':18446744073709551615}]}}",
		  "io.max=8:0 rbps=1000; io.max=4095:1048575 rbps=max; io.max=8:0 wbps=2; io.max=8:0 riops=3; "
		  "io.max=8:0 wiops=18446744073709551615" },
		{ "{'blockIO':{'weight':1001}}", BAD "blockIO/weight: must be at most 1000" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':65535}]}}",
		  BAD "blockIO/weightDevice/0: must be at most 1000" },
		{ "{'blockIO':{'weightDevice':[{'major':-1,'minor':0,'weight':5}]}}",
		  BAD "blockIO/weightDevice/0: major and minor are no numbers of a device" },
		{ "{'blockIO':{'throttleReadIOPSDevice':[{'major':8,'minor':9223372036854775807,'rate':3}]}}",
		  BAD "blockIO/throttleReadIOPSDevice/0: major and minor are no numbers of a device" },
	};

	claim_writes(rows, ARRAY_SIZE(rows));
}

static void huge_pages_and_rdma_have_files_of_their_own(void)
{
	static const struct row rows[] = {
		{ "{'hugepageLimits':[{'pageSize':'2MB','limit':0},{'pageSize':'1GB','limit':18446744073709551615}]}",
		  "hugetlb.2MB.max=0; hugetlb.2MB.rsvd.max=0?; hugetlb.1GB.max=18446744073709551615; "
		  "hugetlb.1GB.rsvd.max=18446744073709551615?" },
		{ "{'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000},'mlx4_0':{'hcaObjects':0},'x':{'hcaHandles':4294967295}}}",
		  "rdma.max=mlx5_1 hca_handle=3 hca_object=10000; rdma.max=mlx4_0 hca_handle=max hca_object=0; "
		  "rdma.max=x hca_handle=max hca_object=max" },
		{ "{'rdma':{'a/b c':{}}}", BAD "rdma/a~1b c: is no name of a device" },
		{ "{'rdma':{'':{}}}", BAD "rdma/: is no name of a device" },
	};

	claim_writes(rows, ARRAY_SIZE(rows));
}

static void unified_has_the_last_word(void)
{
	static const struct row rows[] = {
		{ "{'unified':{'memory.high':'max','misc.max':'res_a 5'}}", "memory.high=max; misc.max=res_a 5" },
		{ "{'memory':{'limit':1000,'reservation':5},'unified':{'memory.max':'2000'}}", "memory.low=5; memory.max=2000" },
		{ "{'pids':{'limit':-1},'unified':{'pids.max':'max'}}", "pids.max=max" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]},'unified':{'io.max':'8:16 wbps=2\\n8:32 "
		  "rbps=3\\n'}}",
		  "io.max=8:0 rbps=1; io.max=8:16 wbps=2; io.max=8:32 rbps=3" },
		{ "{'cpu':{'cpus':'0'},'unified':{'cpuset.cpus':''}}", "cpuset.cpus=" },
		{ "{'unified':{'cpu.max':'\\n'}}", "cpu.max=" },
		{ "{'unified':{'memory.high':'1','memory/high':'1'}}",
		  BAD "unified/memory~1high: must be the name of a file, without '/'" },
		{ "{'unified':{'../memory.high':'1'}}", BAD "unified/..~1memory.high: must be the name of a file, without '/'" },
		{ "{'unified':{'memory':'1'}}", BAD "unified/memory: must be the name of a file like memory.high" },
		{ "{'unified':{'..':'1'}}", BAD "unified/..: must be the name of a file like memory.high" },
		{ "{'unified':{'':'1'}}", BAD "unified/: must be the name of a file like memory.high" },
		{ "{'unified':{'cgroup.procs':'1'}}", BAD "unified/cgroup.procs: is no limit: files of the cgroup itself cannot be set" },
	};

	claim_writes(rows, ARRAY_SIZE(rows));
}

static void what_v2_does_not_know_is_left(void)
{
	static const struct row rows[] = {
		{ "{'memory':{'kernel':5,'kernelTCP':6,'swappiness':0,'disableOOMKiller':true}}",
		  AT "memory/kernel; " AT "memory/kernelTCP; " AT "memory/swappiness; " AT "memory/disableOOMKiller" },
		{ "{'memory':{'kernel':-1,'kernelTCP':0,'disableOOMKiller':false}}", "" },
		{ "{'cpu':{'realtimeRuntime':-5,'realtimePeriod':6}}", AT "cpu/realtimeRuntime; " AT "cpu/realtimePeriod" },
		{ "{'cpu':{'realtimeRuntime':0,'realtimePeriod':0}}", "" },
		{ "{'cpu':{'shares':5,'idle':1}}", AT "cpu/shares" },
		{ "{'blockIO':{'leafWeight':5,'weightDevice':[{'major':1,'minor':2,'leafWeight':7}]}}",
		  AT "blockIO/leafWeight; " AT "blockIO/weightDevice/0/leafWeight" },
		{ "{'network':{'classID':0,'priorities':[]}}", "" },
		{ "{'network':{'classID':1,'priorities':[{'name':'eth0','priority':1}]}}", AT "network/classID; " AT "network/priorities" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strv left = { 0 };

		(void)written(&a, rows[i].json, &left);
		claim_text(list_text(&a, &left), rows[i].text, "left of %s", rows[i].json);
	}
}

static const char *written_when_asked(struct arena *a, const char *json, const char *pointer, const char **ret_origin)
{
	const struct spec_resources r = read_resources(a, json);
	struct strv asked = { 0 }, left = { 0 };
	struct cgroup_writes writes = { 0 };

	strv_push(a, &asked, arena_strdup(a, pointer));
	if (limits_to_writes(a, &r, &asked, &writes, &left) < 0)
		return err_last()->text;
	*ret_origin = writes.items[writes.n - 1].origin;
	return writes_text(a, &writes);
}

static void a_write_knows_where_it_is_from(void)
{
	static const struct {
		const char *json, *pointer, *text;
	} rows[] = {
		{ "{'memory':{'limit':5}}", AT "memory/limit", "memory.max=5!" },
		{ "{'memory':{'limit':5,'swap':5}}", AT "memory/swap", "memory.max=5; memory.swap.max=0?!" },
		{ "{'memory':{'limit':-1}}", AT "memory/limit", "memory.max=max?!; memory.swap.max=max?!" },
		{ "{'cpu':{'quota':5000,'period':5000}}", AT "cpu/quota", "cpu.max=5000 5000!" },
		{ "{'cpu':{'quota':5000,'period':5000}}", AT "cpu/period", "cpu.max=5000 5000!" },
		{ "{'cpu':{'period':5000}}", AT "cpu/period", "cpu.max=max 5000?!" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]}}", AT "blockIO/throttleReadBpsDevice/0",
		  "io.max=8:0 rbps=1!" },
		{ "{'unified':{'memory.max':'7'}}", AT "unified/memory.max", "memory.max=7!" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *origin = NULL;

		claim_text(written_when_asked(&a, rows[i].json, rows[i].pointer, &origin), rows[i].text, "%s, asked for %s", rows[i].json,
			   rows[i].pointer);
		claim_text(origin, rows[i].pointer, "and comes from there");
	}
}

static void nothing_is_returned_with_an_error(void)
{
	autoarena a = { 0 };
	const struct spec_resources r = read_resources(&a, "{'memory':{'limit':5,'kernel':5},'unified':{'x':'y'}}");
	struct cgroup_writes writes = { .n = 77 };
	struct strv asked = { 0 }, left = { .n = 77 };

	claim(limits_to_writes(&a, &r, &asked, &writes, &left) == -EINVAL && writes.n == 77 && left.n == 77,
	      "after an error nothing has been returned");
	claim_text(err_last()->code, "config-invalid", "and it is the configuration's");
}

/* ---- single values ---- */

/* The first seven are those of the tests of opencontainers/cgroups; 2000 as in an announcement of runc 1.4.0. */
static void shares_are_weights(void)
{
	static const struct {
		uint64_t shares, weight;
	} rows[] = {
		{ 1, 1 },	   { 2, 1 },	   { 3, 2 },	    { 1024, 100 },    { 262143, 10000 }, { 262144, 10000 },
		{ 262145, 10000 }, { 2000, 170 },  { 102, 17 },	    { 512, 59 },      { 1000, 99 },	 { 1025, 101 },
		{ 2048, 174 },	   { 10240, 639 }, { 65536, 3023 }, { 131072, 5478 }, { 0, 1 },		 { UINT64_MAX, 10000 },
	};
	bool rises = true;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim(limits_cpu_weight(rows[i].shares) == rows[i].weight, "%llu shares are weight %llu",
		      (unsigned long long)rows[i].shares, (unsigned long long)rows[i].weight);
	for (uint64_t s = 3; s < 262150; s++)
		rises = rises && limits_cpu_weight(s) >= limits_cpu_weight(s - 1);
	claim(rises, "more shares are never less weight");
}

static void disk_weights_are_stretched(void)
{
	claim(limits_io_weight(10) == 1 && limits_io_weight(1000) == 10000, "10 to 1000 is 1 to 10000");
	claim(limits_io_weight(500) == 4950 && limits_io_weight(11) == 11, "and between in proportion");
	claim(limits_io_weight(0) == 1 && limits_io_weight(UINT64_MAX) == 10000, "what is beyond is at the end");
}

static void lists_are_masks(void)
{
	static const struct row rows[] = {
		{ "0", "01" },
		{ "7", "80" },
		{ "8", "0001" },
		{ "0-2,5", "27" },
		{ "0-15", "ffff" },
		{ " 1 , 3\n", "0a" },
		{ "3,0-1", "0b" },
		{ "1,,2,", "06" },
		{ "", NULL },
		{ ",", NULL },
		{ "1-", NULL },
		{ "-1", NULL },
		{ "2-1", NULL },
		{ "1x", NULL },
		{ "1-2-3", NULL },
		{ "8192", NULL },
		{ "0-4294967295", NULL },
		{ "18446744073709551616", NULL },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim_text(limits_cpu_mask(&a, rows[i].json), rows[i].text, "list '%s'", rows[i].json);
	claim(strlen(limits_cpu_mask(&a, "8191")) == 2048, "the last processor has its bit");
}

static void a_file_belongs_to_a_controller(void)
{
	autoarena a = { 0 };

	claim_text(limits_controller(&a, "memory.swap.max"), "memory", "memory.swap.max");
	claim_text(limits_controller(&a, "hugetlb.2MB.rsvd.max"), "hugetlb", "hugetlb.2MB.rsvd.max");
	claim_text(limits_controller(&a, "io.bfq.weight"), "io", "io.bfq.weight");
	claim_text(limits_controller(&a, "nodot"), "nodot", "a name without a dot");
}

/* ---- properties ---- */

static const char *properties_text(struct arena *a, const struct unit_properties *l)
{
	const char *text = "";

	for (size_t i = 0; i < l->n; i++)
		text = append(a, text, arena_printf(a, "%s %s %s", l->items[i].name, l->items[i].type, l->items[i].value));
	return text;
}

static void limits_are_properties_too(void)
{
	static const struct row rows[] = {
		{ "{}", "" },
		{ "{'memory':{'limit':1000,'reservation':5,'swap':1500}}", "MemoryLow t 5; MemoryMax t 1000; MemorySwapMax t 500" },
		{ "{'memory':{'limit':-1}}", "MemoryMax t 18446744073709551615; MemorySwapMax t 18446744073709551615" },
		{ "{'memory':{'limit':7,'swap':7}}", "MemoryMax t 7; MemorySwapMax t 0" },
		{ "{'cpu':{'shares':1024}}", "CPUWeight t 100" },
		{ "{'cpu':{'shares':1024,'idle':1}}", "CPUWeight t 0" },
		{ "{'cpu':{'shares':1024,'idle':0}}", "CPUWeight t 100" },
		{ "{'cpu':{'quota':150000}}", "CPUQuotaPerSecUSec t 1500000; CPUQuotaPeriodUSec t 100000" },
		{ "{'cpu':{'quota':1000,'period':30000}}", "CPUQuotaPerSecUSec t 40000; CPUQuotaPeriodUSec t 30000" },
		{ "{'cpu':{'quota':-1}}", "CPUQuotaPerSecUSec t 18446744073709551615; CPUQuotaPeriodUSec t 100000" },
		{ "{'cpu':{'quota':9223372036854775807,'period':1000}}",
		  "CPUQuotaPerSecUSec t 18446744073709551615; CPUQuotaPeriodUSec t 1000" },
		{ "{'cpu':{'period':1000}}", "CPUQuotaPerSecUSec t 18446744073709551615; CPUQuotaPeriodUSec t 1000" },
		{ "{'cpu':{'cpus':'0-2,9','mems':'1'}}", "AllowedCPUs ay 0702; AllowedMemoryNodes ay 02" },
		{ "{'pids':{'limit':0}}", "TasksMax t 1" },
		{ "{'pids':{'limit':-1}}", "TasksMax t 18446744073709551615" },
		{ "{'blockIO':{'weight':500}}", "IOWeight t 4950" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10},{'major':8,'minor':16,'weight':1000}]}}",
		  "IODeviceWeight a(st) /dev/block/8:0 1 /dev/block/8:16 10000" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5},{'major':8,'minor':1}],"
		  "'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':6}]}}",
		  "IOReadBandwidthMax a(st) /dev/block/8:0 5 /dev/block/8:1 18446744073709551615; "
		  "IOWriteIOPSMax a(st) /dev/block/8:0 6" },
		{ "{'hugepageLimits':[{'pageSize':'2MB','limit':1}],'rdma':{'x':{}}}", "" },
		{ "{'unified':{'memory.min':'1','memory.low':'2','memory.high':'3','memory.max':' 4 ','memory.swap.max':'0',"
		  "'memory.zswap.max':'max'}}",
		  "MemoryMin t 1; MemoryLow t 2; MemoryHigh t 3; MemoryMax t 4; MemorySwapMax t 0; "
		  "MemoryZSwapMax t 18446744073709551615" },
		{ "{'memory':{'limit':1000},'unified':{'memory.max':'5'}}", "MemoryMax t 5" },
		{ "{'unified':{'cpu.weight':'7'}}", "CPUWeight t 7" },
		{ "{'unified':{'cpu.weight':'7','cpu.idle':'1'}}", "CPUWeight t 0" },
		{ "{'unified':{'cpu.max':'5000'}}", "CPUQuotaPerSecUSec t 50000; CPUQuotaPeriodUSec t 100000" },
		{ "{'unified':{'cpu.max':'max 5000'}}", "CPUQuotaPerSecUSec t 18446744073709551615; CPUQuotaPeriodUSec t 5000" },
		{ "{'unified':{'cpuset.cpus':'1','cpuset.mems':'0'}}", "AllowedCPUs ay 02; AllowedMemoryNodes ay 01" },
		{ "{'unified':{'pids.max':'12'}}", "TasksMax t 12" },
		{ "{'unified':{'io.weight':'default 50'}}", "IOWeight t 50" },
		{ "{'unified':{'io.weight':'60\\n8:0 70'}}", "IOWeight t 60; IODeviceWeight a(st) /dev/block/8:0 70" },
		{ "{'unified':{'io.max':'8:0 riops=1 wbps=2'}}",
		  "IOWriteBandwidthMax a(st) /dev/block/8:0 2; IOReadIOPSMax a(st) /dev/block/8:0 1" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct spec_resources r = read_resources(&a, rows[i].json);
		struct unit_properties p = { 0 };

		limits_to_properties(&a, &r, &p);
		claim_text(properties_text(&a, &p), rows[i].text, "properties of %s", rows[i].json);
	}
}

static void limits_come_behind_other_properties(void)
{
	autoarena a = { 0 };
	struct spec_resources r = read_resources(&a, "{'pids':{'limit':5}}");
	struct unit_properties p = { 0 };

	*arena_push(&a, &p) = (struct unit_property){ .name = "Delegate", .type = "b", .value = "true" };
	limits_to_properties(&a, &r, &p);
	claim_text(properties_text(&a, &p), "Delegate b true; TasksMax t 5", "limits come behind the properties that are there");
}

static void systemd_gets_nothing_that_it_refuses(void)
{
	static const char *const unified[] = {
		"'memory.max':'0'",	 "'memory.max':'5k'",
		"'memory.max':''",	 "'memory.max':'-1'",
		"'memory.max':'1 2'",	 "'memory.high':'18446744073709551616'",
		"'pids.max':'0'",	 "'cpu.weight':'0'",
		"'cpu.weight':'10001'",	 "'cpu.weight':'max'",
		"'cpu.idle':'0'",	 "'cpu.max':'0 100000'",
		"'cpu.max':'5000 0'",	 "'cpu.max':'5000 5000 5000'",
		"'cpu.max':'x'",	 "'cpuset.cpus':'all'",
		"'io.weight':'default'", "'io.weight':'8:0 20000'",
		"'io.weight':'8: 5'",	 "'io.weight':':0 5'",
		"'io.max':'8:0'",	 "'io.max':'8:0 rbps=0'",
		"'io.max':'8:0 rbps='",	 "'io.max':'rbps=5'",
		"'io.bfq.weight':'5'",	 "'memory.oom.group':'1'",
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(unified); i++) {
		const struct spec_resources r = read_resources(&a, arena_printf(&a, "{'unified':{%s}}", unified[i]));
		struct unit_properties p = { 0 };

		limits_to_properties(&a, &r, &p);
		claim_text(properties_text(&a, &p), "", "%s is no property", unified[i]);
	}
}

/* ---- words of the command line ---- */

static void bytes_are_written_in_many_ways(void)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} rows[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "64b", 64 },
		{ "64k", 65536 },
		{ "64K", 65536 },
		{ "64KB", 65536 },
		{ "64KiB", 65536 },
		{ "64kib", 65536 },
		{ "64M", 67108864 },
		{ "64MB", 67108864 },
		{ "64MiB", 67108864 },
		{ "1.5g", 1610612736 },
		{ "0.1k", 102 },
		{ "1.999999999999k", 2047 },
		{ "2t", 2199023255552 },
		{ "8388607t", 9223370937343148032 },
		{ "9223372036854775807", INT64_MAX },
		{ "-1", -1 },
		{ "unlimited", -1 },
	};
	static const char *const nonsense[] = { "",
						"k",
						"64X",
						"64MX",
						"64MBB",
						"64iB",
						"64BB",
						"1.5",
						"1.5b",
						"1.k",
						".5g",
						"1.5.2g",
						"-2",
						"+5",
						" 5",
						"5 ",
						"0x10",
						"64 M",
						"8388608t",
						"1e3",
						"max",
						"9223372036854775808",
						"18446744073709551616",
						"99999999999999999999g" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t n = -77;

		claim(limits_parse_bytes("--memory", rows[i].text, &n) == 0 && n == rows[i].bytes, "%s is %lld bytes", rows[i].text,
		      (long long)rows[i].bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(nonsense); i++) {
		int64_t n = -77;

		claim(limits_parse_bytes("--memory", nonsense[i], &n) == -EINVAL && n == -77, "'%s' is no size", nonsense[i]);
	}
	(void)limits_parse_bytes("--memory", "64X", &(int64_t){ 0 });
	claim_text(err_last()->text, "--memory=64X: must be a number of bytes, with k, m or g behind it", "the sentence names the option");
	claim_text(err_last()->code, "usage", "as a mistake of the command line");
}

static void processors_have_fractions(void)
{
	static const struct {
		const char *text;
		int64_t quota;
	} rows[] = {
		{ "1", 100000 },     { "1.5", 150000 }, { "0.01", 1000 }, { "0.1", 10000 },  { "0.3", 30000 },	{ "1.25", 125000 },
		{ "1.005", 100500 }, { "0", -1 },	{ "0.000", -1 },  { "64", 6400000 }, { "0.29", 29000 }, { "2.333333333", 233333 },
	};
	static const char *const nonsense[] = {
		"", "-1", "1.", ".5", "1,5", "x", "1x", "0.001", "0.0000001", "1e3", "inf", "nan", "99999999999999", "18446744073709551616"
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t n = -77;

		claim(limits_parse_cpus("--cpus", rows[i].text, &n) == 0 && n == rows[i].quota, "%s processors are %lld microseconds",
		      rows[i].text, (long long)rows[i].quota);
	}
	for (size_t i = 0; i < ARRAY_SIZE(nonsense); i++) {
		int64_t n = -77;

		claim(limits_parse_cpus("--cpus", nonsense[i], &n) == -EINVAL && n == -77, "'%s' is no number of processors", nonsense[i]);
	}
}

static void numbers_have_bounds(void)
{
	int64_t n = -77;

	claim(limits_parse_number("--x", "-5", -5, 5, &n) == 0 && n == -5, "the smallest is in");
	claim(limits_parse_number("--x", "5", -5, 5, &n) == 0 && n == 5, "and so is the largest");
	claim(limits_parse_number("--x", "6", -5, 5, &n) == -EINVAL && n == 5, "one more is not");
	claim_text(err_last()->text, "--x=6: must be a number from -5 to 5", "which the sentence says");
	claim(limits_parse_number("--x", "-6", -5, INT64_MAX, &n) == -EINVAL, "nor is one less");
	claim_text(err_last()->text, "--x=-6: must be a number, at least -5", "and it does not tell of an end that nobody reaches");
	claim(limits_parse_number("--x", "5x", -5, 5, &n) < 0 && limits_parse_number("--x", "", -5, 5, &n) < 0 &&
		      limits_parse_number("--x", "-", -5, 5, &n) < 0 && limits_parse_number("--x", "--5", -5, 5, &n) < 0,
	      "words are no numbers");
	claim(limits_parse_number("--x", "-9223372036854775808", INT64_MIN, INT64_MAX, &n) < 0 &&
		      limits_parse_number("--x", "9223372036854775807", INT64_MIN, INT64_MAX, &n) == 0 && n == INT64_MAX,
	      "what is too large for the type is an error");
}

/* ---- edits ---- */

static const char *edited(struct arena *a, const char *json, const struct limit_options *o)
{
	struct spec_resources r = read_resources(a, json);
	struct strv asked = { 0 }, left = { 0 };
	struct cgroup_writes writes = { 0 };

	if (limits_edit(a, o, &r, &asked) < 0)
		return arena_strdup(a, err_last()->text);
	if (limits_to_writes(a, &r, &asked, &writes, &left) < 0)
		return arena_strdup(a, err_last()->text);
	return writes_text(a, &writes);
}

static void options_are_edits(void)
{
	static const struct {
		const char *json;
		struct limit_options options;
		const char *text;
	} rows[] = {
		{ "{'memory':{'limit':5}}", { 0 }, "memory.max=5" },
		{ "{}", { .memory = "1k" }, "memory.max=1024!" },
		{ "{'memory':{'limit':5,'reservation':3}}", { .memory = "1k" }, "memory.max=1024!; memory.low=3" },
		{ "{'memory':{'limit':5}}", { .memory = "0" }, "" },
		{ "{}", { .memory = "unlimited" }, "memory.max=max?!; memory.swap.max=max?!" },
		{ "{}", { .memory = "1k", .memory_swap = "2k" }, "memory.max=1024!; memory.swap.max=1024!" },
		{ "{'memory':{'limit':1024}}", { .memory_swap = "2k" }, "memory.max=1024; memory.swap.max=1024!" },
		{ "{}", { .memory_swap = "-1" }, "memory.swap.max=max?!" },
		{ "{}", { .memory_reservation = "3" }, "memory.low=3!" },
		{ "{}", { .cpus = "1.5" }, "cpu.max=150000 100000!" },
		{ "{'cpu':{'quota':5000,'period':5000,'mems':'0'}}", { .cpus = "0" }, "cpu.max=max 100000?!; cpuset.mems=0" },
		{ "{'cpu':{'quota':5000}}", { .cpu_period = "20000" }, "cpu.max=5000 20000!" },
		{ "{}", { .cpu_quota = "5000" }, "cpu.max=5000 100000!" },
		{ "{}",
		  { .cpu_shares = "1024", .cpuset_cpus = "0-1", .cpuset_mems = "0" },
		  "cpu.weight=100!; cpuset.cpus=0-1!; cpuset.mems=0!" },
		{ "{'pids':{'limit':7}}", { .pids_limit = "-1" }, "pids.max=max?!" },
		{ "{}", { .pids_limit = "unlimited" }, "pids.max=max?!" },
		{ "{}", { .pids_limit = "0" }, "pids.max=1!" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}]}}",
		  { .blkio_weight = "1000" },
		  "io.bfq.weight=1000|io.weight=default 10000!; io.max=8:0 rbps=1" },
		/* refused */
		{ "{}", { .memory = "x" }, "--memory=x: must be a number of bytes, with k, m or g behind it" },
		{ "{}", { .memory_reservation = "" }, "--memory-reservation=: must be a number of bytes, with k, m or g behind it" },
		{ "{}", { .memory_swap = "2k" }, "--memory-swap=2k: needs --memory, too: memory is counted in it" },
		{ "{'memory':{'limit':4096}}",
		  { .memory_swap = "2k" },
		  "--memory-swap=2k: must be at least the limit of memory, which is counted in it" },
		{ "{'memory':{'limit':4096,'swap':8192}}",
		  { .memory = "1m" },
		  "--memory=1m: is more than the limit of memory and swap together: give --memory-swap, too" },
		{ "{}", { .cpus = "1", .cpu_quota = "5000" }, "--cpus=1: cannot go with --cpu-quota or --cpu-period, it sets both" },
		{ "{}", { .cpus = "1", .cpu_period = "5000" }, "--cpus=1: cannot go with --cpu-quota or --cpu-period, it sets both" },
		{ "{}", { .cpus = "x" }, "--cpus=x: must be a number of processors like 2 or 1.5" },
		{ "{}", { .cpus = "0.001" }, "--cpus=0.001: must be at least 0.01, or 0 for no limit" },
		{ "{}", { .cpu_quota = "5" }, "--cpu-quota=5: must be at least 1000 microseconds, or -1 for no limit" },
		{ "{}", { .cpu_period = "5" }, "--cpu-period=5: must be a number from 1000 to 1000000" },
		{ "{}", { .cpu_shares = "1" }, "--cpu-shares=1: must be a number from 2 to 262144" },
		{ "{}", { .cpuset_cpus = "" }, "--cpuset-cpus=: must be a list of numbers like 0-3,8" },
		{ "{}", { .cpuset_mems = "x" }, "--cpuset-mems=x: must be a list of numbers like 0-3,8" },
		{ "{}", { .pids_limit = "-2" }, "--pids-limit=-2: must be a number, at least -1" },
		{ "{}", { .blkio_weight = "9" }, "--blkio-weight=9: must be a number from 10 to 1000" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim_text(edited(&a, rows[i].json, &rows[i].options), rows[i].text, "%s", rows[i].text);
}

static const char *edited_by_files(struct arena *a, const char *json, const char *one, const char *two)
{
	struct limit_options o = { 0 };

	strv_push(a, &o.cgroup_conf, arena_strdup(a, one));
	if (two)
		strv_push(a, &o.cgroup_conf, arena_strdup(a, two));
	return edited(a, json, &o);
}

static void files_can_be_named(void)
{
	static const struct {
		const char *json, *one, *two, *text;
	} rows[] = {
		{ "{}", "memory.high=5", NULL, "memory.high=5!" },
		{ "{'unified':{'memory.high':'1','pids.max':'2'}}", "memory.high=5", NULL, "memory.high=5!; pids.max=2" },
		{ "{'memory':{'limit':1}}", "memory.max=max", "memory.max=7", "memory.max=7!" },
		{ "{}", "io.max=8:0 rbps=5", NULL, "io.max=8:0 rbps=5!" },
		{ "{}", "memory.high=", NULL, "memory.high=!" },
		{ "{}", "memory.high", NULL, "--cgroup-conf=memory.high: must be FILE=VALUE" },
		{ "{}", "memory=5", NULL, "--cgroup-conf=memory=5: 'memory' must be the name of a file like memory.high" },
		{ "{}", "=5", NULL, "--cgroup-conf==5: '' must be the name of a file like memory.high" },
		{ "{}", "a/b.c=5", NULL, "--cgroup-conf=a/b.c=5: 'a/b.c' must be the name of a file, without '/'" },
		{ "{}", "cgroup.kill=1", NULL,
		  "--cgroup-conf=cgroup.kill=1: 'cgroup.kill' is no limit: files of the cgroup itself cannot be set" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim_text(edited_by_files(&a, rows[i].json, rows[i].one, rows[i].two), rows[i].text, "--cgroup-conf %s", rows[i].one);
}

static void edits_touch_nothing_that_is_shared(void)
{
	autoarena a = { 0 };
	const struct spec_resources before =
		read_resources(&a, "{'memory':{'limit':1},'cpu':{'shares':2},'pids':{'limit':3},'blockIO':{'weight':50},"
				   "'unified':{'memory.high':'4'}}");
	struct spec_resources r = before;
	struct limit_options o = { .memory = "5", .cpus = "1", .cpu_shares = "9", .pids_limit = "7", .blkio_weight = "80" };
	struct strv asked = { 0 };

	strv_push(&a, &o.cgroup_conf, arena_strdup(&a, "memory.high=6"));
	strv_push(&a, &asked, arena_strdup(&a, AT "memory/limit"));
	claim(limits_edit(&a, &o, &r, &asked) == 0, "five structures are edited");
	claim(before.memory->limit.value == 1 && before.cpu->shares.value == 2 && !before.cpu->quota.set && before.pids->limit == 3 &&
		      before.block_io->weight.value == 50 && strcmp(before.unified.items[0].value, "4") == 0,
	      "who shares them sees no change");
	claim(r.memory->limit.value == 5 && r.cpu->shares.value == 9 && r.cpu->quota.value == 100000 && r.pids->limit == 7 &&
		      r.block_io->weight.value == 80 && strcmp(r.unified.items[0].value, "6") == 0,
	      "who edited them does");
	claim_text(list_text(&a, &asked),
		   AT "memory/limit; " AT "cpu/quota; " AT "cpu/period; " AT "cpu/shares; " AT "pids/limit; " AT "blockIO/weight; " AT
		      "unified/memory.high",
		   "each pointer is told once");
	r = before;
	o.blkio_weight = "x";
	asked.n = 0;
	claim(limits_edit(&a, &o, &r, &asked) == -EINVAL && memcmp(&r, &before, sizeof(r)) == 0 && asked.n == 0,
	      "after an error all is as it was");
}

/* ---- values of annotations ---- */

static void annotations_have_typed_values(void)
{
	static const struct {
		const char *text, *type, *value;
	} rows[] = {
		{ "true", "b", "true" },
		{ " false ", "b", "false" },
		{ "boolean true", "b", "true" },
		{ "'text'", "s", "text" },
		{ "\"it's\"", "s", "it's" },
		{ "''", "s", "" },
		{ "'a\\'b\\\\c\\n\\td'", "s", "a'b\\c\n\td" },
		{ "'\\u00e4\\U0001f600\\u20ac\\u0041'", "s",
		  "\xc3\xa4\xf0\x9f\x98\x80\xe2\x82\xac"
		  "A" },
		{ "'a\\\nb\\q'", "s", "abq" },
		{ "string 'x'", "s", "x" },
		{ "uint64 5", "t", "5" },
		{ "uint64 18446744073709551615", "t", "18446744073709551615" },
		{ "uint64 0xff", "t", "255" },
		{ "uint64 010", "t", "8" },
		{ "@t 5", "t", "5" },
		{ "int64 -9223372036854775808", "x", "-9223372036854775808" },
		{ "int64 9223372036854775807", "x", "9223372036854775807" },
		{ "uint32 4294967295", "u", "4294967295" },
		{ "int32 -5", "i", "-5" },
		{ "5", "i", "5" },
		{ "-0", "i", "0" },
		{ "+7", "i", "7" },
		{ "-2147483648", "i", "-2147483648" },
		{ "double 5", "d", "5" },
		{ "1.5", "d", "1.5" },
		{ "-1e-3", "d", "-1e-3" },
		{ "['a', 'b']", "as", "a b" },
		{ "[\"a b\",'c\\\\d']", "as", "a\\x20b c\\x5cd" },
		{ "@as []", "as", "" },
		{ "@as ['x']", "as", "x" },
		{ "[byte 0x01, 0x02]", "ay", "0102" },
		{ "[byte 255, byte 0]", "ay", "ff00" },
		{ "@ay []", "ay", "" },
		{ "@ay [1, 2]", "ay", "0102" },
		{ "[('/dev/sda', uint64 5), ('/dev/s b', 6)]", "a(st)", "/dev/sda 5 /dev/s\\x20b 6" },
		{ "@a(st) []", "a(st)", "" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct unit_property p = { .name = "Name" };

		claim(unit_value_parse(&a, rows[i].text, &p) && strcmp(p.name, "Name") == 0, "%s is a value", rows[i].text);
		claim_text(p.type, rows[i].type, "and its type is %s", rows[i].type);
		claim_text(p.value, rows[i].value, "with what it means");
	}
}

static void other_texts_are_no_values(void)
{
	static const char *const texts[] = {
		"",
		" ",
		"text",
		"True",
		"truex",
		"true false",
		"'open",
		"'open\\",
		"\"open'",
		"'a' 'b'",
		"'\\ud800'",
		"'\\u0000'",
		"'\\u12'",
		"'\\U00110000'",
		"5x",
		"2147483648",
		"-2147483649",
		"uint64 -1",
		"uint64 18446744073709551616",
		"uint64",
		"uint645",
		"uint32 4294967296",
		"int64 9223372036854775808",
		"int64 -9223372036854775809",
		"uint64 0x",
		"uint64 08",
		"uint64 1.5",
		"uint16 5",
		"byte 5",
		"handle 5",
		"objectpath '/'",
		"- 5",
		"inf",
		"nan",
		"1e",
		".5",
		"[]",
		"[",
		"['a'",
		"['a',]",
		"['a' 'b']",
		"['a', 5]",
		"['']",
		"[5]",
		"[true]",
		"[byte 256]",
		"[byte -1]",
		"[byte 1, 'a']",
		"[['a']]",
		"('a', 5)",
		"[('a')]",
		"[('a', 'b')]",
		"[('a', -5)]",
		"[('a', 5, 6)]",
		"[('', 5)]",
		"@as",
		"@as 'x'",
		"@q 5",
		"@ 5",
		"{'a': 5}",
		"<5>",
		"just 5",
		"b'bytes'",
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct unit_property p = { 0 };

		claim(!unit_value_parse(&a, texts[i], &p) && !p.type && !p.value, "%s is none", texts[i]);
	}
}

static void words_are_escaped(void)
{
	autoarena a = { 0 };

	claim_text(unit_value_escape(&a, "plain-word:%"), "plain-word:%", "a plain word stays");
	claim_text(unit_value_escape(&a, "a b\n\\x\x7f\xc3\xa4"), "a\\x20b\\x0a\\x5cx\\x7f\\xc3\\xa4", "the rest is numbers");
	claim_text(unit_value_escape(&a, ""), "", "nothing stays nothing");
}

/* ---- updates ---- */

/* The writes or the error, and with "=> " the resources from then on. file: NULL: none. */
static const char *updated(struct arena *a, const char *now, const char *file, const struct limit_options *o)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	struct spec_resources r = read_resources(a, now);
	struct limits_change c;
	struct json tree;

	if (file)
		read_tree(a, file, &tree);
	if (limits_update(a, &r, "file", file ? &tree : NULL, o, &c) < 0)
		return err_last()->text;
	if (c.is_nothing)
		return "nothing";
	fields_write(w, &spec_resources_fields, &c.resources);
	return with_single_quotes(a, arena_printf(a, "%s => %s", writes_text(a, &c.writes), json_text(w, NULL)));
}

static void an_update_writes_what_was_asked_for(void)
{
	autoarena a = { 0 };
	const struct {
		const char *now, *file;
		struct limit_options options;
		const char *expected, *claim;
	} rows[] = {
		{ "{'pids':{'limit':9}}", NULL, { 0 }, "nothing", "no file and no option ask for nothing" },
		{ "{'pids':{'limit':9}}",
		  "{'memory':{'limit':0},'cpu':{'shares':0,'cpus':''},'pids':null,'devices':[{'allow':false}]}",
		  { 0 },
		  "nothing",
		  "neither do zeros, empty texts and devices" },
		{ "{'pids':{'limit':9},'memory':{'limit':1000}}",
		  NULL,
		  { .pids_limit = "5" },
		  "pids.max=5! => {'memory':{'limit':1000},'pids':{'limit':5}}",
		  "only what was asked for is written" },
		{ "{'pids':{'limit':9}}",
		  NULL,
		  { .pids_limit = "9" },
		  "pids.max=9! => {'pids':{'limit':9}}",
		  "even where it was said before" },
		{ "{}", "{'pids':{'limit':3}}", { .pids_limit = "4" }, "pids.max=4! => {'pids':{'limit':4}}", "options win" },
		{ "{'cpu':{'period':50000}}",
		  NULL,
		  { .cpu_quota = "20000" },
		  "cpu.max=20000 50000! => {'cpu':{'quota':20000,'period':50000}}",
		  "a quota has the period that is there" },
		{ "{'cpu':{'shares':512}}",
		  NULL,
		  { .cpu_idle = "1" },
		  "cpu.idle=1! => {'cpu':{'shares':512,'idle':1}}",
		  "who is idle has no weight" },
		{ "{'cpu':{'shares':1024,'idle':1}}",
		  "{'cpu':{'idle':0}}",
		  { 0 },
		  "cpu.idle=0?!; cpu.weight=100 => {'cpu':{'shares':1024,'idle':0}}",
		  "and gets it back" },
		{ "{'cpu':{'quota':20000}}",
		  NULL,
		  { .cpu_burst = "30000" },
		  "config.json: /linux/resources/cpu/burst: must be at most the quota",
		  "what does not go together is refused" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim_text(updated(&a, rows[i].now, rows[i].file, &rows[i].options), rows[i].expected, "%s", rows[i].claim);
}

static void an_update_keeps_swap_and_memory_together(void)
{
	autoarena a = { 0 };
	const char *both = "{'memory':{'limit':1000,'swap':3000}}";

	claim_text(updated(&a, both, NULL, &(struct limit_options){ .memory = "2000" }),
		   "memory.swap.max=1000; memory.max=2000! => {'memory':{'limit':2000,'swap':3000}}",
		   "swap is what memory leaves of both, and is written first");
	claim_text(updated(&a, both, NULL, &(struct limit_options){ .memory = "4000" }),
		   "--memory=4000: is more than the limit of memory and swap together: give --memory-swap, too",
		   "memory cannot be more than both");
	claim_text(updated(&a, both, NULL, &(struct limit_options){ .memory = "4000", .memory_swap = "5000" }),
		   "memory.swap.max=1000!; memory.max=4000! => {'memory':{'limit':4000,'swap':5000}}", "unless both become more");
	claim_text(updated(&a, both, NULL, &(struct limit_options){ .memory = "-1" }),
		   "memory.swap.max=max?!; memory.max=max?! => {'memory':{'limit':-1}}", "no limit of memory is none of swap");
	claim_text(updated(&a, "{'memory':{'limit':1000}}", NULL, &(struct limit_options){ .memory_swap = "1500" }),
		   "memory.swap.max=500! => {'memory':{'limit':1000,'swap':1500}}", "swap alone finds the limit of memory");
}

static void an_update_knows_lists_and_files(void)
{
	autoarena a = { 0 };
	char *conf[] = { "memory.high=5", NULL };

	claim_text(updated(&a, "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1},{'major':8,'minor':1,'rate':2}]}}",
			   "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':3},{'major':9,'minor':0,'rate':4}]},"
			   "'pids':{'limit':1}}",
			   &(struct limit_options){ 0 }),
		   "pids.max=1!; io.max=8:1 rbps=3; io.max=9:0 rbps=4 => {'pids':{'limit':1},'blockIO':{'throttleReadBpsDevice':[{"
		   "'major':8,'minor':0,'rate':1},{'major':8,'minor':1,'rate':3},{'major':9,'minor':0,'rate':4}]}}",
		   "a device has one entry, and devices come last");
	claim_text(updated(&a, "{'unified':{'memory.max':'7','memory.high':'3','pids.max':'2'}}", NULL,
			   &(struct limit_options){ .memory = "9", .cgroup_conf = { .v = conf, .n = 1 } }),
		   "memory.max=9!; memory.high=5! => {'memory':{'limit':9},'unified':{'pids.max':'2','memory.high':'5'}}",
		   "what is written now takes the place of a file that was named");
	claim_text(updated(&a, "{'pids':{'limit':1}}", "{'unified':{'pids.max':'2'}}", &(struct limit_options){ 0 }),
		   "pids.max=2! => {'pids':{'limit':1},'unified':{'pids.max':'2'}}", "and the other way round");
	claim_text(updated(&a, "{}", "{'pids':{'limit':'many'}}", &(struct limit_options){ 0 }),
		   "file: /pids/limit: must be a number, not a string", "an error names the file");
	claim_text(updated(&a, "{}", "[]", &(struct limit_options){ 0 }), "file: /: must be an object, not an array",
		   "also one that is none");
}

int main(void)
{
	memory_is_bytes_and_swap_is_what_is_above();
	cpu_is_weight_and_quota_and_sets();
	pids_are_never_none();
	disks_have_weights_and_throttles();
	huge_pages_and_rdma_have_files_of_their_own();
	unified_has_the_last_word();
	what_v2_does_not_know_is_left();
	a_write_knows_where_it_is_from();
	nothing_is_returned_with_an_error();
	shares_are_weights();
	disk_weights_are_stretched();
	lists_are_masks();
	a_file_belongs_to_a_controller();
	limits_are_properties_too();
	limits_come_behind_other_properties();
	systemd_gets_nothing_that_it_refuses();
	bytes_are_written_in_many_ways();
	processors_have_fractions();
	numbers_have_bounds();
	options_are_edits();
	files_can_be_named();
	edits_touch_nothing_that_is_shared();
	annotations_have_typed_values();
	other_texts_are_no_values();
	words_are_escaped();
	an_update_writes_what_was_asked_for();
	an_update_keeps_swap_and_memory_together();
	an_update_knows_lists_and_files();
	return tap_done();
}
