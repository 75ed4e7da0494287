package contract

import "fmt"

var consuming = map[string]func(*scenario) error{
	"pause":        pause,
	"seek":         seek,
	"seek-time":    seekTime,
	"pattern":      pattern,
	"offset-reset": offsetReset,
	"restart":      restart,
}

func pause(s *scenario) error {
	return s.withConsumer(ConsumerConfig{Partitions: []Partition{s.partition(0), s.partition(1)}}, func(c Consumer) error {
		if err := c.Pause(s.partition(1)); err != nil {
			return err
		}
		if err := s.readOne(c, s.partition(0)); err != nil {
			return err
		}
		if err := c.Resume(s.partition(1)); err != nil {
			return err
		}
		return s.readOne(c, s.partition(1))
	})
}

// readOne reads ten records, which have to be all of that partition.
func (s *scenario) readOne(c Consumer, partition Partition) error {
	got, err := s.read(c, 10)
	if err == nil && (len(after(got)) != 1 || after(got)[partition] != 10) {
		err = fmt.Errorf("partition %d was to come, but the next records are %v", partition.ID, after(got))
	}
	return err
}

func seek(s *scenario) error {
	return s.withConsumer(s.fromStart(), func(c Consumer) error {
		for _, to := range []struct {
			offset int64
			record int
		}{{3, 3}, {Earliest, 0}} {
			if err := s.seekAndRead(c, to.offset, to.record); err != nil {
				return err
			}
		}
		if err := c.Seek(s, s.partition(0), Latest); err != nil {
			return err
		}
		position, err := c.Position(s, s.partition(0))
		if err != nil {
			return err
		}
		return expect("position at the end", position, 10)
	})
}

func seekTime(s *scenario) error {
	admin, err := s.lib.Admin()
	if err != nil {
		return err
	}
	defer admin.Close()
	offset, err := admin.Offset(s, s.partition(0), 1600000004500)
	if err != nil {
		return err
	}
	if err := expect("offset at the time", offset, 5); err != nil {
		return err
	}
	return s.withConsumer(s.fromStart(), func(c Consumer) error { return s.seekAndRead(c, offset, 5) })
}

// seekAndRead expects record i first after a seek to the offset.
func (s *scenario) seekAndRead(c Consumer, offset int64, i int) error {
	if err := c.Seek(s, s.partition(0), offset); err != nil {
		return fmt.Errorf("seek to %d: %w", offset, err)
	}
	got, err := s.read(c, 10-i)
	if err != nil {
		return fmt.Errorf("after the seek to %d: %w", offset, err)
	}
	return same(got, sequence(s.topic, 0, i, 10))
}

func pattern(s *scenario) error {
	config := ConsumerConfig{Pattern: "^" + s.topic + "-.*", Group: s.topic}
	got, err := s.readBack(config, 2)
	if err != nil {
		return err
	}
	return expect("topics read", len(after(got)), 2)
}

func offsetReset(s *scenario) error {
	late := s.inGroup()
	late.Group, late.Latest, late.Watched = s.topic+"-latest", true, true
	err := s.withConsumer(late, func(c Consumer) error {
		if err := s.wait("the partition", func() bool { return len(c.Assigned()) == 1 }, c); err != nil {
			return err
		}
		if err := s.send(ProducerConfig{}, record(s.topic, 0, 5)); err != nil {
			return err
		}
		got, err := s.read(c, 1)
		if err != nil {
			return fmt.Errorf("latest: %w", err)
		}
		return same(got, sequence(s.topic, 0, 5, 6))
	})
	if err != nil {
		return err
	}
	early := s.inGroup()
	early.Group = s.topic + "-earliest"
	got, err := s.readBack(early, 6)
	if err != nil {
		return fmt.Errorf("earliest: %w", err)
	}
	return same(got, sequence(s.topic, 0, 0, 6))
}

func restart(s *scenario) error {
	return s.withProducer(ProducerConfig{Acks: "all", Idempotent: true}, func(p Producer) error {
		return s.withConsumer(s.inGroup(), func(c Consumer) error {
			if err := p.Send(s, sequence(s.topic, 0, 0, 50)...); err != nil {
				return err
			}
			got, err := s.read(c, 50)
			if err != nil {
				return err
			}
			if err := c.Commit(s, after(got)); err != nil {
				return fmt.Errorf("commit: %w", err)
			}
			if err := askForRestart(); err != nil {
				return err
			}
			if err := p.Send(s, sequence(s.topic, 0, 50, 100)...); err != nil {
				return fmt.Errorf("after the restart: %w", err)
			}
			return s.readFrom(c, 50, 100)
		})
	})
}

// readFrom reads the records from to to−1 in order; the client may have some of them twice, if it went back to what was committed.
func (s *scenario) readFrom(c Consumer, from, to int) error {
	var problem error
	next := from
	done := func() bool {
		return next == to || problem != nil
	}
	watching := &watched{Consumer: c, see: func(r Record) {
		switch value := string(r.Value); {
		case value == fmt.Sprintf("v%d", next):
			next++
		case r.Offset > int64(next):
			problem = fmt.Errorf("%s came, v%d is next", value, next)
		}
	}}
	if err := s.wait(fmt.Sprintf("the records to %d", to-1), done, watching); err != nil {
		return fmt.Errorf("%w (got to %d)", err, next)
	}
	return problem
}
