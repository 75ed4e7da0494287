package contract

import (
	"context"
	"errors"
	"fmt"
)

var groups = map[string]func(*scenario) error{
	"group":         group,
	"resume":        resume,
	"rebalance":     func(s *scenario) error { return s.rebalance(Eager) },
	"cooperative":   func(s *scenario) error { return s.rebalance(Cooperative) },
	"kip848":        func(s *scenario) error { return s.rebalance(Server) },
	"static-member": staticMember,
	"many-groups":   manyGroups,
}

// watched shows every record that passes.
type watched struct {
	Consumer
	see func(Record)
}

func (w *watched) Poll(ctx context.Context) ([]Record, error) {
	records, err := w.Consumer.Poll(ctx)
	for _, r := range records {
		w.see(r)
	}
	return records, err
}

func group(s *scenario) error {
	return s.withConsumer(s.inGroup(), func(c Consumer) error {
		got, err := s.read(c, 100)
		if err != nil {
			return err
		}
		return c.Commit(s, after(got))
	})
}

func resume(s *scenario) error {
	err := s.withConsumer(s.inGroup(), func(c Consumer) error {
		if _, err := s.read(c, 10); err != nil {
			return err
		}
		return c.Commit(s, map[Partition]int64{s.partition(0): 5})
	})
	if err != nil {
		return fmt.Errorf("first member: %w", err)
	}
	err = s.withConsumer(s.inGroup(), func(c Consumer) error {
		got, err := s.read(c, 5)
		if err != nil {
			return err
		}
		return errors.Join(same(got, sequence(s.topic, 0, 5, 10)), c.Commit(s, after(got)))
	})
	if err != nil {
		return fmt.Errorf("second member: %w", err)
	}
	return nil
}

// rebalance lets B come and go while A stays.
func (s *scenario) rebalance(protocol Protocol) error {
	config := s.inGroup()
	config.Protocol, config.Watched = protocol, true
	return s.withConsumer(config, func(a Consumer) error {
		alone := func() bool { return len(a.Assigned()) == 4 }
		if err := s.wait("A with four partitions", alone, a); err != nil {
			return err
		}
		err := s.withConsumer(config, func(b Consumer) error {
			shared := func() bool { return len(a.Assigned()) == 2 && len(b.Assigned()) == 2 }
			return s.wait("two partitions each", shared, a, b)
		})
		if err != nil {
			return err
		}
		if protocol == Cooperative {
			if err := expect("partitions that A gave up", a.GivenUp(), 2); err != nil {
				return err
			}
		}
		return s.wait("A with four partitions again", alone, a)
	})
}

func staticMember(s *scenario) error {
	config := s.inGroup()
	config.Instance, config.Watched = "one", true
	for _, which := range []string{"first", "second"} {
		err := s.withConsumer(config, func(c Consumer) error {
			return s.wait("both partitions", func() bool { return len(c.Assigned()) == 2 }, c)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", which, err)
		}
	}
	return nil
}

func manyGroups(s *scenario) error {
	const total = 10
	results := make(chan error, total)
	for i := range total {
		config := s.inGroup()
		config.Group = fmt.Sprintf("%s-%d", s.topic, i)
		go func() {
			results <- s.withConsumer(config, func(c Consumer) error {
				got, err := s.read(c, 10)
				if err != nil {
					return err
				}
				return c.Commit(s, after(got))
			})
		}()
	}
	var err error
	for range total {
		err = errors.Join(err, <-results)
	}
	return err
}
