package policy

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"k8s.io/klog/v2"
)

// A question of the gate: one line of JSON, answered by one line, "ok" or the cause.
type question struct {
	Command   string `json:"command"`
	Container string `json:"container"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Address   string `json:"address"`
}

func (e *enforcer) listen(ctx context.Context, socket string) error {
	_ = os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				klog.ErrorS(err, "the gate is shut")
				return
			}
			go e.answer(ctx, connection)
		}
	}()
	return nil
}

func (e *enforcer) answer(ctx context.Context, connection net.Conn) {
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	line, err := bufio.NewReader(connection).ReadBytes('\n')
	if err != nil {
		return
	}
	var asked question
	err = json.Unmarshal(line, &asked)
	switch {
	case err != nil:
	case asked.Command == "DEL":
		e.forget(asked.Namespace, asked.Name, asked.Container)
	default:
		err = e.admit(ctx, asked.Namespace, asked.Name, sandbox{asked.Container, asked.Address})
	}
	if err != nil {
		fmt.Fprintf(connection, "%s\n", err)
		return
	}
	fmt.Fprintln(connection, "ok")
}
