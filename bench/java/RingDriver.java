import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.util.DaemonThreadFactory;
import org.HdrHistogram.Histogram;

/**
 * The LMAX Disruptor in the two scenarios that a just-in-time compiler allows to be measured from
 * outside: ping-pong over two rings, and events one by one through one ring.
 *
 * <pre>
 *   java RingDriver ping-pong CAPACITY ROUND_TRIPS   prints  samples p50 p90 p99 p99.9 checksums
 *   java RingDriver throughput CAPACITY EVENTS RUN   prints  median overall mean-batch checksum
 * </pre>
 *
 * Events are 64 bytes, every word written and every word summed, as everywhere in this benchmark.
 * Times are nanoseconds of System.nanoTime(), which costs more than the stamps of the other
 * contenders; rates are events a second. All waits are busy spins with PAUSE. Every mode runs
 * several times before it is measured, so that what is measured is compiled code.
 */
public final class RingDriver {
    private static final int WARM_UPS = 5;

    /** An event that fills a cache line with its words, besides the object's header. */
    static final class Event {
        long a, b, c, d, e, f, g, h;

        void set(long first) {
            a = first;
            b = first + 1;
            c = first + 2;
            d = first + 3;
            e = first + 4;
            f = first + 5;
            g = first + 6;
            h = first + 7;
        }

        long sum() {
            return a + b + c + d + e + f + g + h;
        }
    }

    /** A checksum over events in their order. */
    static final class Digest {
        long value;

        void add(Event event) {
            value = Long.rotateLeft(value, 7) + event.sum();
        }
    }

    public static void main(String[] arguments) throws Exception {
        int capacity = Integer.parseInt(arguments[1]);
        long count = Long.parseLong(arguments[2]);
        for (int warmUp = 0; warmUp < WARM_UPS; warmUp++) {
            run(arguments, capacity, count);
        }
        System.out.println(run(arguments, capacity, count));
    }

    private static String run(String[] arguments, int capacity, long count) throws Exception {
        switch (arguments[0]) {
            case "ping-pong":
                return pingPong(capacity, count);
            case "throughput":
                return throughput(capacity, count, Long.parseLong(arguments[3]));
            default:
                throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static RingBuffer<Event> ring(int capacity) {
        return RingBuffer.createSingleProducer(Event::new, capacity, new BusySpinWaitStrategy());
    }

    private static void publish(RingBuffer<Event> ring, long first) {
        long sequence = ring.next();
        ring.get(sequence).set(first);
        ring.publish(sequence);
    }

    /** Starts a consumer on a thread of its own; the ring is gated on it. */
    private static BatchEventProcessor<Event> consume(
            RingBuffer<Event> ring, EventHandler<Event> handler) {
        BatchEventProcessor<Event> consumer =
                new BatchEventProcessor<>(ring, ring.newBarrier(), handler);
        ring.addGatingSequences(consumer.getSequence());
        DaemonThreadFactory.INSTANCE.newThread(consumer).start();
        return consumer;
    }

    private static String pingPong(int capacity, long roundTrips) throws Exception {
        RingBuffer<Event> ping = ring(capacity);
        RingBuffer<Event> pong = ring(capacity);
        Digest out = new Digest();
        BatchEventProcessor<Event> giveBack = consume(ping, (event, sequence, endOfBatch) -> {
            out.add(event);
            publish(pong, event.a);
        });
        Sequence home = new Sequence();
        pong.addGatingSequences(home);
        SequenceBarrier back = pong.newBarrier();

        Histogram times = new Histogram(1, 10_000_000_000L, 3);
        Digest digest = new Digest();
        for (long number = 0; number < roundTrips; number++) {
            long start = System.nanoTime();
            publish(ping, number);
            back.waitFor(number);
            digest.add(pong.get(number));
            home.set(number);
            long time = System.nanoTime() - start;
            if (number >= roundTrips / 20) {
                times.recordValue(Math.min(time, 10_000_000_000L));
            }
        }
        giveBack.halt();
        return times.getTotalCount()
                + " " + times.getValueAtPercentile(50)
                + " " + times.getValueAtPercentile(90)
                + " " + times.getValueAtPercentile(99)
                + " " + times.getValueAtPercentile(99.9)
                + " " + Long.toHexString(out.value)
                + " " + Long.toHexString(digest.value);
    }

    /** Counts what it is given, and looks at the clock after every so many events. */
    static final class Counter implements EventHandler<Event> {
        final Digest digest = new Digest();
        final long expected;
        final long run;
        final long[] seenAt;
        final long[] timeAt;
        int marks;
        long seen;
        long batches;
        long nextMark;
        volatile boolean done;

        Counter(long expected, long run) {
            this.expected = expected;
            this.run = run;
            nextMark = Math.min(run, expected);
            seenAt = new long[(int) (expected / run) + 2];
            timeAt = new long[seenAt.length];
        }

        @Override
        public void onEvent(Event event, long sequence, boolean endOfBatch) {
            digest.add(event);
            seen++;
            if (endOfBatch) {
                batches++;
                if (seen >= nextMark) {
                    seenAt[marks] = seen;
                    timeAt[marks] = System.nanoTime();
                    marks++;
                    nextMark = Math.min(seen + run, expected);
                    done = seen >= expected;
                }
            }
        }

        double medianRate() {
            if (marks < 2) {
                return Double.NaN;
            }
            double[] rates = new double[marks - 1];
            for (int at = 1; at < marks; at++) {
                rates[at - 1] = (seenAt[at] - seenAt[at - 1]) * 1e9 / (timeAt[at] - timeAt[at - 1]);
            }
            java.util.Arrays.sort(rates);
            int middle = rates.length / 2;
            return rates.length % 2 == 1 ? rates[middle] : (rates[middle - 1] + rates[middle]) / 2;
        }
    }

    private static String throughput(int capacity, long events, long run) throws Exception {
        RingBuffer<Event> ring = ring(capacity);
        Counter counter = new Counter(events, run);
        BatchEventProcessor<Event> consumer = consume(ring, counter);
        long start = System.nanoTime();
        for (long number = 0; number < events; number++) {
            publish(ring, number);
        }
        while (!counter.done) {
            Thread.onSpinWait();
        }
        consumer.halt();
        double overall = events * 1e9 / (counter.timeAt[counter.marks - 1] - start);
        double median = counter.medianRate();
        return (Double.isNaN(median) ? overall : median)
                + " " + overall
                + " " + (double) events / counter.batches
                + " " + Long.toHexString(counter.digest.value);
    }
}
