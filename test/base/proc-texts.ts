/**
 * Texts of /proc. Those of Linux 6.18 were captured, from a Node process and a machine of two cores; the older ones
 * have what older versions print instead.
 */

export const SMAPS_ROLLUP_6_18 = `00400000-7fff8d2fe000 ---p 00000000 00:00 0                              [rollup]
Rss:              132092 kB
Pss:               90002 kB
Pss_Dirty:         89244 kB
Pss_Anon:          89244 kB
Pss_File:            758 kB
Pss_Shmem:             0 kB
Shared_Clean:      42848 kB
Shared_Dirty:          0 kB
Private_Clean:         0 kB
Private_Dirty:     89244 kB
Referenced:       132092 kB
Anonymous:         89244 kB
KSM:                   0 kB
LazyFree:              0 kB
AnonHugePages:         0 kB
ShmemPmdMapped:        0 kB
FilePmdMapped:         0 kB
Shared_Hugetlb:        0 kB
Private_Hugetlb:       0 kB
Swap:                  0 kB
SwapPss:               0 kB
Locked:                0 kB
`;

/** No Pss_Dirty yet, and 8 MB of the process are swapped out. */
export const SMAPS_ROLLUP_5_10 = `55d0c8a4e000-7ffd3b5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:               65432 kB
Pss:               50321 kB
Pss_Anon:          48012 kB
Pss_File:           2309 kB
Pss_Shmem:             0 kB
Shared_Clean:      15800 kB
Shared_Dirty:          0 kB
Private_Clean:      1620 kB
Private_Dirty:     48012 kB
Referenced:        65432 kB
Anonymous:         48012 kB
LazyFree:              0 kB
AnonHugePages:         0 kB
ShmemPmdMapped:        0 kB
FilePmdMapped:         0 kB
Shared_Hugetlb:        0 kB
Private_Hugetlb:       0 kB
Swap:               8192 kB
SwapPss:            8192 kB
Locked:                0 kB
`;

/** No parts of Pss yet. */
export const SMAPS_ROLLUP_4_19 = `55d0c8a4e000-7ffd3b5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:               65432 kB
Pss:               50321 kB
Shared_Clean:      15800 kB
Shared_Dirty:          0 kB
Private_Clean:      1620 kB
Private_Dirty:     48012 kB
Referenced:        65432 kB
Anonymous:         48012 kB
LazyFree:              0 kB
AnonHugePages:         0 kB
ShmemPmdMapped:        0 kB
Shared_Hugetlb:        0 kB
Private_Hugetlb:       0 kB
Swap:                  0 kB
SwapPss:               0 kB
Locked:                0 kB
`;

export const STATUS = `Name:\tnode
Umask:\t0022
State:\tS (sleeping)
Tgid:\t4711
VmPeak:\t 1101632 kB
VmSize:\t 1101500 kB
VmLck:\t       0 kB
VmHWM:\t  130832 kB
VmRSS:\t  130100 kB
RssAnon:\t   87252 kB
RssFile:\t   42848 kB
RssShmem:\t       0 kB
VmData:\t  150000 kB
VmSwap:\t    1024 kB
Threads:\t11
`;

/** A process that has ended and was not waited for. */
export const STATUS_OF_ZOMBIE = `Name:\tnode
State:\tZ (zombie)
Tgid:\t4711
Threads:\t1
`;

export const MEMINFO_6_18 = `MemTotal:       24684096 kB
MemFree:         8195420 kB
MemAvailable:   12313604 kB
Buffers:            5148 kB
Cached:           514132 kB
SwapCached:            0 kB
SwapTotal:       2097148 kB
SwapFree:        1572860 kB
Zswap:                 0 kB
AnonPages:       4838972 kB
KReclaimable:    3994992 kB
Slab:           10628040 kB
SReclaimable:    3994992 kB
SUnreclaim:      6633048 kB
KernelStack:       12248 kB
PageTables:       164188 kB
`;

export const SOCKSTAT = `sockets: used 2000293
TCP: inuse 2000057 orphan 0 tw 930 alloc 2000057 mem 171077
UDP: inuse 0 mem 0
UDPLITE: inuse 0
RAW: inuse 0
FRAG: inuse 0 memory 0
`;

export const SOCKSTAT6 = `TCP6: inuse 237
UDP6: inuse 0
UDPLITE6: inuse 0
RAW6: inuse 0
FRAG6: inuse 0 memory 0
`;

/** Here `anon_vma_chain` has the objects of `eventpoll_pwq`, too, and `eventpoll_epi` those of both bind buckets. */
export const SLABINFO_6_18 = `slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
btrfs_delayed_node      0      0    312   13    1 : tunables    0    0    0 : slabdata      0      0      0
TCPv6                118    195   2496   13    8 : tunables    0    0    0 : slabdata     15     15      0
tw_sock_TCP        49638  53152    256   16    1 : tunables    0    0    0 : slabdata   3322   3322      0
TCP              1438986 2000089   2368   13    8 : tunables    0    0    0 : slabdata 153853 153853      0
ep_head          1457649 1991424     16  256    1 : tunables    0    0    0 : slabdata   7779   7779      0
eventpoll_epi    1473858 1810464    128   32    1 : tunables    0    0    0 : slabdata  56577  56577      0
sock_inode_cache 1476515 1976000    832   19    4 : tunables    0    0    0 : slabdata 104000 104000      0
filp             1479702 1984941    192   21    1 : tunables    0    0    0 : slabdata  94521  94521      0
dentry           3629903 4132737    192   21    1 : tunables    0    0    0 : slabdata 196797 196797      0
lsm_file_cache   1466882 2003620     24  170    1 : tunables    0    0    0 : slabdata  11786  11786      0
lsm_inode_cache  3591120 4117120     32  128    1 : tunables    0    0    0 : slabdata  32165  32165      0
anon_vma_chain   1520431 1914688     64   64    1 : tunables    0    0    0 : slabdata  29917  29917      0
kmalloc-64          2527   2944     64   64    1 : tunables    0    0    0 : slabdata     46     46      0
`;

/** Where the links of /sys/kernel/slab lead there. */
export const CACHE_PLACES_6_18 = new Map([
  ['eventpoll_epi', ':A-0000128'],
  ['tcp_bind_bucket', ':A-0000128'],
  ['tcp_bind2_bucket', ':A-0000128'],
  ['eventpoll_pwq', ':A-0000064'],
  ['anon_vma_chain', ':A-0000064'],
  ['ep_head', ':A-0000016'],
  ['lsm_file_cache', ':0000024'],
  ['lsm_inode_cache', ':0000032'],
  ['request_sock_TCP', ':0000304'],
]);

/** The allocator that Linux had until 6.7, beside the one that it has now: with tunables, and without merged caches. */
export const SLABINFO_5_10 = `slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
request_sock_TCP       0      0    296   13    1 : tunables   54   27    8 : slabdata      0      0      0
TCP                   24     39   2240    3    2 : tunables   24   12    8 : slabdata     13     13      0
eventpoll_pwq        120    840     72   56    1 : tunables  120   60    8 : slabdata     15     15      0
sock_inode_cache     346    670    768    5    1 : tunables   54   27    8 : slabdata    134    134      0
`;

/** Round numbers, in the form of Linux 6.18: of both cores, a tenth of the second's time was a guest's. */
export const STAT_6_18 = `cpu  8000 500 2000 17000 1000 200 700 600 800 0
cpu0 4000 500 1000 12000 1000 200 800 500 400 0
cpu1 3000 100 1000 5000 0 300 500 100 400 0
intr 12345 1 2 3
ctxt 1990473
btime 1062191376
processes 2915
`;

/** The name of this program is `a) b (`. */
export const PROCESS_STAT =
  '4711 (a) b () S 1 4711 4711 0 -1 4194560 1000 0 0 0 1000 250 77 88 20 0 11 0 12345 1101500 33000\n';
