// Pools of one element type: ELEMENT, its LOWEST value, whether it AVERAGES, and NAMED(name) for its functions.

/// Adds (or takes the larger of) one input row into an output row, for the kernel place kw.
static void NAMED(pool_row)(const osteon_pool *p, const ELEMENT *restrict row, ELEMENT *restrict out, int kw) {
    int shift = kw * p->dilation[2] - p->pad_begin[2], step = p->stride[2];
    int low = shift >= 0 ? 0 : (-shift + step - 1) / step;
    int high = shift >= p->input[2] ? 0 : min_int(p->output[2], (p->input[2] - shift + step - 1) / step);
    row += shift;
#define EACH(STEP)                                                                                                               \
    if (AVERAGES && p->average) for (int o = low; o < high; o++) out[o] += row[(ptrdiff_t)o * STEP];                              \
    else for (int o = low; o < high; o++) { ELEMENT v = row[(ptrdiff_t)o * STEP]; out[o] = v > out[o] || v != v ? v : out[o]; }
    if (step == 1) { EACH(1) } else if (step == 2) { EACH(2) } else { EACH(step) }
#undef EACH
}

/// One output plane (all of height and width at one depth of one channel).
static void NAMED(pool_item)(void *context, size_t index, int thread) {
    (void)thread;
    const pool_job *j = context;
    const osteon_pool *p = j->p;
    size_t channel = index / (size_t)p->output[0];
    int d = (int)(index % (size_t)p->output[0]), dlow, dhigh, dpadded, hlow, hhigh, hpadded;
    const ELEMENT *x = (const ELEMENT *)j->x + channel * p->input[0] * p->input[1] * p->input[2];
    ELEMENT *y = (ELEMENT *)j->y + index * p->output[1] * p->output[2];
    taps_of(p, 0, d, &dlow, &dhigh, &dpadded);
    for (int h = 0; h < p->output[1]; h++, y += p->output[2]) {
        taps_of(p, 1, h, &hlow, &hhigh, &hpadded);
        for (int w = 0; w < p->output[2]; w++) y[w] = AVERAGES && p->average ? 0 : LOWEST;
        for (int kd = dlow; kd < dhigh; kd++)
            for (int kh = hlow; kh < hhigh; kh++) {
                int id = d * p->stride[0] - p->pad_begin[0] + kd * p->dilation[0];
                int ih = h * p->stride[1] - p->pad_begin[1] + kh * p->dilation[1];
                const ELEMENT *row = x + ((size_t)id * p->input[1] + ih) * p->input[2];
                for (int kw = 0; kw < p->kernel[2]; kw++) NAMED(pool_row)(p, row, y, kw);
            }
#if AVERAGES
        if (!p->average) continue;
        int wlow, whigh, wpadded;
        for (int w = 0; w < p->output[2]; w++) {
            taps_of(p, 2, w, &wlow, &whigh, &wpadded);
            int count = p->count_padding ? dpadded * hpadded * wpadded : (dhigh - dlow) * (hhigh - hlow) * (whigh - wlow);
            y[w] = count ? y[w] / (float)count : 0;
        }
#endif
    }
}

#undef AVERAGES
#undef ELEMENT
#undef LOWEST
#undef NAMED
