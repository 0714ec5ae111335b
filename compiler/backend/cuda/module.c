/* module.c - the text that NVRTC compiles, and the tables by which the runtime finds it.
 *
 * A module is the prelude and the functions of one entry. Promises: the same text for the same
 * program, so that a cache may know it by its bytes. */
#include "backend/c/plan.h"
#include "backend/cuda/cuda.h"

#include <string.h>

void cuda_module_end(Output *out, Unit *u) {
    Text t = { 0 };
    text_printf(&t, "\n/* ---- entry %d ", u->index);
    text_add(&t,
             "---------------------------------------------------------------------------- */\n");
    if (out->functions.data)
        text_add(&t, out->functions.data);
    share_functions(out, &t);
    for (int k = out->first_kernel; k < out->kernels.n; k++) {
        out->kernels.v[k]->module = out->modules.n;
        text_add(&t, "\n");
        share_render(out, out->kernels.v[k]->text, &t);
    }
    share_restart(out);
    vec_push(out->a, &out->modules, ((Module){ u->name, arena_printf(out->a, "%s", t.data),
                                               u->index }));
    text_free(&t);
    text_free(&out->functions);
    out->first_kernel = out->kernels.n;
    out->first_part = out->parts.n, out->first_table = out->tables.n;
}

static void put_head(Output *out, Text *t) {
    text_printf(t, "/* kernels.cu - written by %s: for NVRTC, -default-device --fmad=false. */\n",
                out->opt->compiler);
    text_printf(t, "#define EBM_TF32 %d\n", !out->opt->fp32);
    text_add(t, cuda_prelude);
}

void cuda_text(Output *out, Text *t) {
    put_head(out, t);
    for (int k = 0; k < out->modules.n; k++)
        text_add(t, out->modules.v[k].text);
}

void cuda_tables(Output *out, Text *t) {
    int n_f, n_i;
    plan_slots(out, &n_f, &n_i);
    Text head = { 0 };
    put_head(out, &head);
    for (int k = 0; k < out->modules.n; k++) {
        text_printf(t, "\nstatic const char module_%d[] =\n    ", k);
        plan_string(t, head.data);
        text_add(t, "\n    ");
        plan_string(t, out->modules.v[k].text);
        text_add(t, ";\n");
    }
    text_free(&head);
    text_add(t, "static const EbmCudaModule cuda_modules[] = {\n");
    for (int k = 0; k < out->modules.n; k++) {
        text_add(t, "    { ");
        plan_string(t, out->modules.v[k].name);
        text_printf(t, ", module_%d, %d },\n", k, out->modules.v[k].entry);
    }
    text_add(t, out->modules.n ? "};\n" : "    { 0 },\n};\n");
    text_add(t, "static const EbmCudaKernel cuda_kernels[] = {\n");
    for (int k = 0; k < out->kernels.n; k++) {
        const Kernel *n = out->kernels.v[k];
        text_printf(t, "    { \"k%d\", %d, %d, %llu, %llu, %d, \"%s\", %d },\n", n->id, n->module,
                    n->threads, (unsigned long long)n->shared, (unsigned long long)n->scratch, n->args.n,
                    n->what, n->grid);
    }
    text_add(t, out->kernels.n ? "};\n" : "    { 0 },\n};\n");
    text_add(t, "static void (*const cuda_steps[])(EbmRun *run) = {");
    for (int k = 0; k < out->units.n; k++)
        text_printf(t, " cuda_step_%d,", out->units.v[k]->index);
    text_printf(t, " 0 };\nstatic const EbmCuda cuda = {\n    cuda_modules, %d, cuda_kernels, %d, "
                   "cuda_steps, %d, %d, \"%s\"\n};\n",
                out->modules.n, out->kernels.n, n_f, n_i, out->opt->fp32 ? "fp32" : "tf32");
}
