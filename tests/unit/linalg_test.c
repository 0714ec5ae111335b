// links: front passes graph base
/* linalg_test.c - einsum, select and the small matrices of std.math, by identities that hold for
 * random matrices: every report below is zero. Derivatives pass through the loops of the
 * library. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/front.h"
#include "passes/passes.h"

static Arena *arena;
static void setup(void) { arena = arena_new("test"); }
static void teardown(void) {
    arena_free(arena);
    base_reset();
}
TestSuite(linalg, .init = setup, .fini = teardown, .timeout = 60);

static int reports;
static void expect_zero(void *user, const DoStmt *s, const double *v, int64_t count) {
    if (s->kind != DO_REPORT) return;
    cr_expect_lt(fabs(v[0]), *(double *)user, "%s is %g", s->name, v[0]);
    reports++;
}

/* All reports of an eval entry with this body are zero. */
static void check_zeros(const char *body, int n, double tolerance) {
    char path[] = "/tmp/linalg_test_XXXXXX.ebm";
    FILE *f = fdopen(mkstemps(path, 4), "w");
    fprintf(f, "param W: [3,3] = normal([3,3])\nconst kind = \"b\"\nconst list = [1.0, 4.0, 9.0]\n"
            "eval v { batch = 5\n  A ~ normal([3,3]);  B ~ normal([2,3]);  x ~ normal([3]);  u ~ "
            "normal([3])\n"
            "  I = real(index([3,3], 0) == index([3,3], 1));  S = A @ A.T + 0.1 * I;  D ~ "
            "normal([3,3])\n%s}\n",
            body);
    fclose(f);
    Program *p = front_compile(arena, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    remove(path);
    DiagView d;
    cr_assert(p, "%s", diag_get(0, &d) ? d.text : body);
    passes_run(p, &(PassOptions){ 0 });
    reports = 0;
    InterpRun r = { .program = p, .batch = 5, .seed = 2, .output = expect_zero,
                    .user = &tolerance };
    program_interp_init(&r, arena);
    program_interp_step(&r, p->entries.v[0], 0, arena);
    cr_expect_eq(reports, n, "%d reports", reports);
}

Test(linalg, einsum) {
    check_zeros(
        "  report a = max(norm(einsum(\"ij,j->i\", A, x) - A @ x))\n"
        "  report b = max(norm(einsum(\"ij,jk->ik\", B, W) - B @ W))\n"
        "  report c = max(norm(einsum(\"ij,kj->ki\", W, B) - B @ W.T))\n"
        "  report d = max(abs(einsum(\"i,i->\", x, u) - dot(x, u)))\n"
        "  report e = max(norm(einsum(\"ij->ji\", B) - B.T))\n"
        "  report f = max(abs(einsum(\"i,ij,j->\", x, A, u) - dot(x, A @ u)))\n"
        "  report g = max(norm(einsum(\"ij,ij->i\", B, B) - sum(B^2, 1)))\n"
        "  report h = max(norm(einsum(\"ij,kj->ikj\", W, B) - reshape(W, [3,1,3]) * reshape(B, "
        "[1,2,3])))\n"
        "  report i = max(norm(einsum(\"ij,k->j\", B, x) - sum(B, 0) * sum(x)))\n"
        "  report j = max(norm(einsum(\"ij,ij->ij\", W, A) - W * A))\n"
        "  report k = einsum(\"ij,kj->\", W, W) - sum(W @ W.T)\n"
        "  q = einsum(\"i,ij,j->\", x, A, x)\n"
        "  report l = max(norm(grad(q, x) - (A + A.T) @ x))\n", 12, 1e-12);
}

Test(linalg, selection) {
    check_zeros("  report a = max(norm(select(kind, a = fn(z) => 2 * z, b = fn(z) => 3 * z)(x) - "
                "3 * x))\n"
                "  i ~ randint(0, 3);  report b = max(abs(list[i] - (real(i) + 1)^2))\n", 2, 1e-12);
}

Test(linalg, determinants) {
    check_zeros(
        "  (s, l) = slogdet(A);  report a = max(abs(s^2 - 1))\n"
        "  det = A[0,0] * (A[1,1] * A[2,2] - A[1,2] * A[2,1]) - A[0,1] * (A[1,0] * A[2,2] - A[1,2] "
        "* A[2,0])\n"
        "        + A[0,2] * (A[1,0] * A[2,1] - A[1,1] * A[2,0])\n"
        "  report b = max(abs(s * exp(l) - det))\n"
        "  report c = max(norm(grad(l, A) * det - grad(det, A)))\n"
        "  (t, m) = slogdet(A @ A.T);  report d = max(abs(m - 2 * l) + abs(t - 1))\n"
        "  (z, o) = slogdet([[1, 2], [2, 4]]);  report e = max(abs(z + 0 * x[0]))\n", 5, 1e-8);
}

/* d w_k = v_k' dA v_k;  the derivative of a function of A that is invariant under rotations. */
Test(linalg, eigenvalues) {
    check_zeros(
        "  (w, V) = eigh(S);  report a = max(norm(S @ V - V * reshape(w, [1, 3])))\n"
        "  report b = max(norm(V.T @ V - I))\n"
        "  w0 = w[0];  v0 = V[.., 0];  report c = max(norm(grad(w0, S) - reshape(v0, [3,1]) @ "
        "reshape(v0, [1,3])))\n"
        "  ld = sum(log(w));  report d = max(norm(grad(ld, S) @ S - I))\n"
        "  q = v0[0]^2;  h = 1e-4;  (wp, Vp) = eigh(S + h * (D + D.T));  (wm, Vm) = eigh(S - h * "
        "(D + D.T))\n"
        "  report e = max(abs(dot(grad(q, S), D + D.T) - (Vp[0,0]^2 - Vm[0,0]^2) / (2 * h)) / (1 + "
        "norm(grad(q, S))^3))\n",
        5, 1e-6);
}

Test(linalg, orthonormal_rows) {
    check_zeros(
        "  Q = orthonormalize(B);  J = real(index([2,2], 0) == index([2,2], 1));  report a = "
        "max(norm(Q @ Q.T - J))\n"
        "  R = orthonormalize([x, 2 * x, u]);  report b = max(norm(R @ R.T - I))      # rank lost "
        "and completed\n"
        "  report c = max(abs(abs(dot(R[0], x)) - norm(x)))\n"
        "  y = orthonormalize(B)[1];  E ~ normal([2,3]);  h = 1e-5\n"
        "  j = jvp(fn(M) => orthonormalize(M), B, E)\n"
        "  report d = max(norm(j - (orthonormalize(B + h * E) - orthonormalize(B - h * E)) / (2 * "
        "h)) / (1 + norm(j)^3))\n",
        4, 1e-7);
}
