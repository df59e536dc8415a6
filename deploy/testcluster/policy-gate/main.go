// Command policy-gate is a network plugin (CNI). It changes nothing: it tells the node's "policy" part
// of a new pod's address and lets the pod start once its rules are in force.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

type config struct {
	Socket     string          `json:"socket"`
	PrevResult json.RawMessage `json:"prevResult"`
}

type result struct {
	IPs []struct {
		Address string `json:"address"`
	} `json:"ips"`
}

func main() {
	command := os.Getenv("CNI_COMMAND")
	if command == "VERSION" {
		fmt.Println(`{"cniVersion":"0.4.0","supportedVersions":["0.3.1","0.4.0"]}`)
		return
	}
	var settings config
	if err := json.NewDecoder(os.Stdin).Decode(&settings); err != nil {
		fail(err)
	}
	switch command {
	case "ADD":
		var previous result
		if err := json.Unmarshal(settings.PrevResult, &previous); err != nil {
			fail(err)
		}
		address := ""
		if len(previous.IPs) > 0 {
			address, _, _ = strings.Cut(previous.IPs[0].Address, "/")
		}
		if err := ask(settings.Socket, command, address); err != nil {
			fail(err)
		}
		_, _ = os.Stdout.Write(settings.PrevResult)
	case "DEL":
		// Without the part there are no rules left to take back.
		_ = ask(settings.Socket, command, "")
	}
}

func ask(socket, command, address string) error {
	connection, err := net.DialTimeout("unix", socket, 5*time.Second)
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	pod := arguments()
	err = json.NewEncoder(connection).Encode(map[string]string{
		"command":   command,
		"container": os.Getenv("CNI_CONTAINERID"),
		"namespace": pod["K8S_POD_NAMESPACE"],
		"name":      pod["K8S_POD_NAME"],
		"address":   address,
	})
	if err != nil {
		return err
	}
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if answer != "ok\n" {
		return fmt.Errorf("the policies are not in force: %s", strings.TrimSpace(answer))
	}
	return nil
}

func arguments() map[string]string {
	all := map[string]string{}
	for _, pair := range strings.Split(os.Getenv("CNI_ARGS"), ";") {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

func fail(err error) {
	text, _ := json.Marshal(map[string]any{"cniVersion": "0.4.0", "code": 100, "msg": err.Error()})
	fmt.Println(string(text))
	os.Exit(1)
}
