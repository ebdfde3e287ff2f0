// franz-go: the version guess, topics, configs, groups and lag, transactions.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintln(os.Stderr, what+":", err)
		os.Exit(1)
	}
}

func check(holds bool, what string, seen any) {
	if !holds {
		must(fmt.Errorf("%v", seen), what)
	}
}

func main() {
	context, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	seeds := kgo.SeedBrokers(os.Args[1])
	client, err := kgo.NewClient(seeds, kgo.DefaultProduceTopic("franz"))
	must(err, "client")
	admin := kadm.NewClient(client)

	versions, err := admin.ApiVersions(context)
	must(err, "versions")
	for _, each := range versions.Sorted() {
		guess := each.VersionGuess()
		check(!strings.Contains(guess, "between") && !strings.Contains(guess, "unknown"), "version guess", guess)
		fmt.Println(guess)
	}
	retention := "600000"
	_, err = admin.CreateTopic(context, 2, 1, map[string]*string{"retention.ms": &retention}, "franz")
	must(err, "create")
	configs, err := admin.DescribeTopicConfigs(context, "franz")
	must(err, "configs")
	check(len(configs[0].Configs) > 20, "configs", configs)

	for number := 0; number < 100; number++ {
		record := &kgo.Record{Value: []byte(fmt.Sprint(number)), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}}
		must(client.ProduceSync(context, record).FirstErr(), "produce")
	}
	member, err := kgo.NewClient(seeds, kgo.ConsumerGroup("franz-group"), kgo.ConsumeTopics("franz"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	must(err, "member")
	for read := 0; read < 100; {
		fetches := member.PollFetches(context)
		must(fetches.Err(), "fetch")
		read += fetches.NumRecords()
	}
	must(member.CommitUncommittedOffsets(context), "commit")
	lags, err := admin.Lag(context, "franz-group")
	must(err, "lag")
	described := lags["franz-group"]
	check(described.Error() == nil && described.Lag.Total() == 0, "lag", described)
	member.Close()

	transactional, err := kgo.NewClient(seeds, kgo.TransactionalID("franz-tx"), kgo.DefaultProduceTopic("franz"))
	must(err, "transactional")
	for _, commit := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		must(transactional.BeginTransaction(), "begin")
		must(transactional.ProduceSync(context, kgo.StringRecord("in a transaction")).FirstErr(), "produce")
		must(transactional.EndTransaction(context, commit), "end")
	}
	transactional.Close()
	_, err = admin.DeleteTopics(context, "franz")
	must(err, "delete")
	client.Close()
}
