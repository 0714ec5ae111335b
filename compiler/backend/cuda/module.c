/* module.c - the text that NVRTC compiles, and the tables by which the runtime finds it.
 *
 * A module is the prelude, the functions of one entry, and its kernels. Modules are compiled at the
 * same time, so the kernels of a long entry are dealt out to several; functions that a module does
 * not use cost next to nothing.
 * Promises: the same text for the same program, so that a cache may know it by its bytes. */
#include "backend/c/plan.h"
#include "backend/cuda/cuda.h"

#include <string.h>

enum { MODULE_LINES = 600 };      /* of kernels: then the next module begins */

static int lines_of(const char *s) {
    int n = 0;
    for (; *s; s++)
        n += *s == '\n';
    return n;
}

static void module_add(Output *out, Unit *u, int part, const char *functions, Text *kernels) {
    const char *name = part ? arena_printf(out->a, "%s %d", u->name, part + 1) : u->name;
    vec_push(out->a, &out->modules, ((Module){ name, functions, arena_printf(out->a, "%s",
                     kernels->data ? kernels->data : ""), u->index }));
    text_free(kernels);
}

void cuda_module_end(Output *out, Unit *u) {
    Text t = { 0 }, kernels = { 0 };
    int part = 0, lines = 0;
    text_printf(&t, "\n/* ---- entry %d ", u->index);
    text_add(&t,
             "---------------------------------------------------------------------------- */\n");
    if (out->functions.data)
        text_add(&t, out->functions.data);
    share_functions(out, &t);
    const char *functions = arena_printf(out->a, "%s", t.data);
    for (int k = out->first_kernel; k < out->kernels.n; k++) {
        int n = lines_of(out->kernels.v[k]->text);
        if (lines && lines + n > MODULE_LINES) {
            module_add(out, u, part++, functions, &kernels);
            lines = 0;
        }
        lines += n;
        out->kernels.v[k]->module = out->modules.n;
        text_add(&kernels, "\n");
        share_render(out, out->kernels.v[k]->text, &kernels);
    }
    module_add(out, u, part, functions, &kernels);
    share_restart(out);
    text_free(&t);
    text_free(&out->functions);
    out->first_kernel = out->kernels.n;
    out->first_part = out->parts.n, out->first_table = out->tables.n;
}

static void put_head(Output *out, Text *t) {
    text_printf(t, "/* kernels.cu - written by %s: for NVRTC, -default-device --fmad=false. */\n",
                out->opt->compiler);
    text_printf(t, "#define EBM_TF32 %d\n", !out->opt->fp32);
    if (out->lean_grid)
        text_add(t, "#define EBM_TURNS 1\n");
    text_add(t, cuda_prelude);
}

void cuda_text(Output *out, Text *t) {
    put_head(out, t);
    for (int k = 0; k < out->modules.n; k++) {
        const Module *m = &out->modules.v[k];
        text_add(t, k && m[-1].functions == m->functions ? "" : m->functions);
        text_add(t, m->kernels);
    }
}

void cuda_modules(Output *out, Text *t) {
    for (int k = 0; k < out->modules.n; k++) {
        put_head(out, t);
        text_add(t, out->modules.v[k].functions);
        text_add(t, out->modules.v[k].kernels);
        text_add_n(t, "", 1);
    }
}

/* The sums that a library may take, by kernel. */
static void put_products(Output *out, Text *t) {
    for (int k = 0; k < out->kernels.n; k++) {
        const Kernel *n = out->kernels.v[k];
        if (n->products.n)
            text_printf(t, "static const EbmCudaProduct products_%d[] = {", n->id);
        for (int i = 0; i < n->products.n; i++) {
            const Product *p = &n->products.v[i];
            text_printf(t, "%s { %d, %d, %d, %d, %d }", i ? "," : "", p->to, p->a, p->b, p->rows,
                        p->columns);
        }
        text_add(t, n->products.n ? " };\n" : "");
    }
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
        plan_string(t, out->modules.v[k].functions);
        text_add(t, "\n    ");
        plan_string(t, out->modules.v[k].kernels);
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
    put_products(out, t);
    text_add(t, "static const EbmCudaKernel cuda_kernels[] = {\n");
    for (int k = 0; k < out->kernels.n; k++) {
        const Kernel *n = out->kernels.v[k];
        text_printf(t, "    { \"k%d\", %d, %d, %llu, %llu, %d, \"%s\", %d, ", n->id, n->module,
                    n->threads, (unsigned long long)n->shared, (unsigned long long)n->scratch, n->args.n,
                    n->what, n->grid);
        if (n->products.n)
            text_printf(t, "products_%d, %d, %d },\n", n->id, n->products.n, n->rest);
        else
            text_add(t, "0, 0, 0 },\n");
    }
    text_add(t, out->kernels.n ? "};\n" : "    { 0 },\n};\n");
    text_add(t, "static void (*const cuda_steps[])(EbmRun *run) = {");
    for (int k = 0; k < out->units.n; k++)
        text_printf(t, " cuda_step_%d,", out->units.v[k]->index);
    text_printf(t, " 0 };\nstatic const EbmCuda cuda = {\n    cuda_modules, %d, cuda_kernels, %d, "
                   "cuda_steps, %d, %d, \"%s\"\n};\n",
                out->modules.n, out->kernels.n, n_f, n_i, out->opt->fp32 ? "fp32" :
                out->opt->bf16 ? "tf32, samplers in bf16" : "tf32");
}
