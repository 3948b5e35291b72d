# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Monotonic alignment search of one item, without the interpreter's lock (Glow-TTS, arXiv 2005.11129, algorithm 1).

The twin of search_numba.py; its docstring explains the search. Memoryviews need no numpy headers.
"""

from libc.math cimport INFINITY
from libc.stdlib cimport free, malloc


def search(const float[:, :] score_FN, Py_ssize_t n_text, Py_ssize_t n_frames, long long[:] token_F):
    """Write the text position of each of the first `n_frames` frames into `token_F`.

    score_FN: log likelihood of every frame under every text position, rows without gaps; 1 <= n_text <= n_frames.
    """
    cdef float* rows = <float*> malloc(2 * (n_text + 1) * sizeof(float))
    cdef unsigned char* moved = <unsigned char*> malloc(n_text * n_frames)
    if rows == NULL or moved == NULL:
        free(rows)
        free(moved)
        raise MemoryError("no memory for the alignment search")
    with nogil:
        _search(score_FN, n_text, n_frames, token_F, rows, rows + n_text + 1, moved)
    free(rows)
    free(moved)


cdef void _search(
    const float[:, :] score_FN,
    Py_ssize_t n_text,
    Py_ssize_t n_frames,
    long long[:] token_F,
    float* last,
    float* best,
    unsigned char* moved,
) noexcept nogil:
    cdef Py_ssize_t frame, token, first, end
    for token in range(n_text + 1):
        last[token] = best[token] = -INFINITY
    last[0] = 0.0
    for frame in range(n_frames):
        first = max(0, n_text + frame - n_frames)
        end = min(n_text, frame + 1)
        _advance(&score_FN[frame, 0], last, best, moved + frame * n_text, first, end)
        last[0] = -INFINITY
        last, best = best, last
    token = n_text - 1
    for frame in range(n_frames - 1, -1, -1):
        token_F[frame] = token
        if token != 0 and (token == frame or moved[frame * n_text + token]):
            token -= 1


cdef inline void _advance(
    const float* score, const float* last, float* best, unsigned char* moved, Py_ssize_t first, Py_ssize_t end
) noexcept nogil:
    # two rows instead of one: without a dependence between tokens the compiler takes many at once
    cdef Py_ssize_t token
    cdef float stay, move
    for token in range(first, end):
        stay = last[token + 1]
        move = last[token]
        moved[token] = stay < move
        best[token + 1] = score[token] + (move if stay < move else stay)
