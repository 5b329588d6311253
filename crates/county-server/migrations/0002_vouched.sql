-- Ops that came without a payload that the county may read: it asks for them until they come or are erased.
CREATE TABLE missing (
    hall integer NOT NULL,
    device integer NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (hall, device, epoch, seq)
);
INSERT INTO missing (hall, device, epoch, seq)
SELECT hall, device, epoch, seq FROM ops
WHERE payload IS NULL
  AND NOT EXISTS (SELECT FROM erased WHERE erased.hall = ops.hall AND erased.worker = ops.worker);

-- The worker or the device that the op is about: an erasure looks for the one, an enrolment that comes after what
-- was said of the device for the other.
ALTER TABLE ops RENAME COLUMN worker TO subject;

-- Numbers from 2^31 on are drawn by desks and stand here as negative ones, so that the sequence never meets them.
-- An operator names a device by its number alone.
CREATE INDEX ON devices (device);
