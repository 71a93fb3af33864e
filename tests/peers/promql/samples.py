"""The series that both sides get."""
import math, random


def make_series(start):
    """About an hour of counters with resets, gauges, gaps, stale markers, NaN and histograms."""
    rng = random.Random(7)
    series = []
    step = 15000
    for job in ("api", "web"):
        for instance in ("a", "b", "c"):
            total, samples = rng.random() * 100, []
            for i in range(240):
                if rng.random() < 0.03:
                    continue
                total = 0 if rng.random() < 0.02 else total + rng.choice([0, 1, 2.5, 10])
                samples.append([start + i * step + rng.randrange(100), repr(total)])
            series.append(({"__name__": "requests_total", "job": job, "instance": instance}, samples))
    for zone in ("x", "y", "z"):
        for i, name in enumerate(("temperature", "humidity")):
            samples = [[start + k * 20000, repr(round(rng.gauss(10 * i, 5), 3))] for k in range(180)]
            samples[50][1] = "NaN"
            samples[90:95] = [[samples[90][0], "stale"]]
            series.append(({"__name__": name, "zone": zone, "job": "api"}, samples))
    for instance in ("a", "b"):
        for le, share in (("0.1", 0.3), ("0.5", 0.7), ("1", 0.9), ("+Inf", 1)):
            samples = [[start + k * step, repr(math.floor(k * 10 * share))] for k in range(240)]
            series.append(({"__name__": "latency_bucket", "instance": instance, "le": le}, samples))
    for le, factor in (("0.1", 5), ("0.5", 3), ("1", 9), ("+Inf", 8), ("x", 3), ("", 4)):  # not monotonic, not numbers
        labels = {"__name__": "broken_bucket", "job": "api", "le": le}
        series.append(({n: v for n, v in labels.items() if v},
                       [[start + k * step + 60000 * factor, repr(float(k * factor))] for k in range(200)]))
    infos = (("api", "a", "1", range(60)), ("web", "b", "2", range(40)), ("api", "a", "3", range(30, 35)))
    for n, (job, instance, version, when) in enumerate(infos):
        labels = {"__name__": "target_info", "job": job, "instance": instance, "version": version, "env": f"e{n}"}
        series.append((labels, [[start + k * 60000 + n, "1"] for k in when]))
    labels = {"__name__": "build_info", "job": "api", "instance": "a", "build": "7", "version": "1"}
    series.append((labels, [[start + k * 60000, "1"] for k in range(60)]))
    for n, job in enumerate(("api", "web")):
        samples = [[start + k * 60000, "1"] for k in range(60)]
        series.append(({"__name__": "job_info", "job": job, "team": f"team{n}", "tier": "1"}, samples))
    for service in ("caf\u00e9", "web-1"):  # names that need quotes
        labels = {"__name__": "http.requests", "service.name": service, "job": "api", "\u03bb": "x"}
        series.append((labels, [[start + k * step, repr(float(k * k % 97))] for k in range(200)]))
    for instance in ("a", "b"):  # buckets that differ between the series, and end before the others
        for i, le in enumerate(("0.1", "0.25", "1", "+Inf") if instance == "a" else ("0.1", "1", "10", "+Inf")):
            labels = {"__name__": "ragged_bucket", "instance": instance, "job": "web", "le": le}
            series.append((labels, [[start + k * step, repr(float(k * (i + 1)))] for k in range(40 * i, 160 + 20 * i)]))
    huge = [[start + k * 60000, v] for k, v in enumerate(["1e308", "1e308", "-1e308", "Inf", "1", "-Inf", "0.1"])]
    series.append(({"__name__": "extreme", "kind": "huge"}, huge))
    series.append(({"__name__": "constant", "kind": "flat"}, [[start + k * 30000, "42"] for k in range(120)]))
    return sorted(series, key=lambda s: sorted(s[0].items()))  # limitk and ties go by the order in the store
